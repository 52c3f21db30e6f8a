from recollect.cli.tables import print_table


def test_columns_are_as_wide_as_their_longest_entry(capsys):
    print_table([("a", 1, "[b]"), ("longer", 22, "")], title="[title]")
    assert capsys.readouterr().out == "[title]\n  a       1   [b]\n  longer  22\n"


def test_a_long_entry_is_not_broken(capsys):
    print_table([("x" * 300, "y" * 300)])
    assert capsys.readouterr().out == f"  {'x' * 300}  {'y' * 300}\n"


def test_no_rows_are_a_title(capsys):
    print_table([], title="nothing")
    assert capsys.readouterr().out == "nothing\n"
