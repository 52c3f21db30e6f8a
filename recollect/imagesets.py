"""The sets of images that can be fetched, and the folder for your own.

SHA-256 where it is known, else the MD5 that the set's authors publish.
"""

from recollect.dataset import DataSet

IDX = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx(address: str, *checksums: str) -> dict[str, tuple[str, str]]:
    """The four files of a set in MNIST's layout."""
    return {name: (address + name, checksum) for name, checksum in zip(IDX, checksums, strict=True)}


MEDMNIST = {  # name -> what it shows, MD5
    "bloodmnist": ("17,092 blood cells, 8 classes", "7053d0359d879ad8a5505303e11de1dc"),
    "breastmnist": ("780 breast ultrasound images, 2 classes", "750601b1f35ba3300ea97c75c52ff8f6"),
    "dermamnist": ("10,015 skin lesions, 7 classes", "0744692d530f8e62ec473284d019b0c7"),
    "octmnist": ("109,309 retinal tomographies, 4 classes", "c68d92d5b585d8d81f7112f81e2d0842"),
    "organamnist": ("58,850 abdominal slices, axial, 11 classes", "866b832ed4eeba67bfb9edee1d5544e6"),
    "organcmnist": ("23,660 abdominal slices, coronal, 11 classes", "0afa5834fb105f7705a7d93372119a21"),
    "organsmnist": ("25,221 abdominal slices, sagittal, 11 classes", "e5c39f1af030238290b9557d9503af9d"),
    "pathmnist": ("107,180 tissue patches, 9 classes", "a8b06965200029087d5bd730944a56c1"),
    "pneumoniamnist": ("5,856 chest X-rays, 2 classes", "28209eda62fecd6e6a2d98b1501bb15f"),
    "retinamnist": ("1,600 fundus images, 5 grades", "bd4c0672f1bba3e3a89f0e4e876791e4"),
    "tissuemnist": ("236,386 kidney cells, 8 classes", "ebe78ee8b05294063de985d821c1c34b"),
}
IMAGE_SETS = (
    DataSet(
        "mnist",
        "images/mnist",
        "60,000 + 10,000 handwritten digits, 28 x 28 pixels, 10 classes",
        "{train,t10k}-{images-idx3,labels-idx1}-ubyte, gzipped or not",
        "MNIST (LeCun, Cortes and Burges, 1998), CC BY-SA 3.0",
        _idx(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    DataSet(
        "fashion-mnist",
        "images/fashion-mnist",
        "60,000 + 10,000 pieces of clothing, 28 x 28 pixels, 10 classes",
        "{train,t10k}-{images-idx3,labels-idx1}-ubyte, gzipped or not",
        "Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, github.com/zalandoresearch/fashion-mnist), MIT",
        _idx(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    DataSet(
        "cifar10",
        "images/cifar10",
        "50,000 + 10,000 photographs, 32 x 32 pixels, 10 classes",
        "cifar-10-batches-bin/{data_batch_{1..5},test_batch}.bin, the binary version",
        "CIFAR-10 (Krizhevsky, 2009, www.cs.toronto.edu/~kriz/cifar.html)",
        {
            "cifar-10-binary.tar.gz": (
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            )
        },
        {
            "cifar-10-binary.tar.gz": tuple(
                f"cifar-10-batches-bin/{name}.bin" for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
            )
        },
    ),
    DataSet(
        "cifar100",
        "images/cifar100",
        "50,000 + 10,000 photographs, 32 x 32 pixels, 100 classes in 20 groups",
        "cifar-100-binary/{train,test}.bin, the binary version",
        "CIFAR-100 (Krizhevsky, 2009, www.cs.toronto.edu/~kriz/cifar.html)",
        {
            "cifar-100-binary.tar.gz": (
                "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            )
        },
        {"cifar-100-binary.tar.gz": ("cifar-100-binary/train.bin", "cifar-100-binary/test.bin")},
    ),
    *(
        DataSet(
            name,
            f"images/medmnist/{name}.npz",
            f"{what}, 28 x 28 pixels",
            "MedMNIST's npz file",
            "MedMNIST v2 (Yang et al., 2023, medmnist.com, where each set's licence is named)",
            {"": (f"https://zenodo.org/records/10519652/files/{name}.npz", f"md5:{checksum}")},
        )
        for name, (what, checksum) in MEDMNIST.items()
    ),
    DataSet(
        "image-folder",
        "images/folder",
        "pictures of your own, which recollect/ImageFolder-v0 shows unless told otherwise",
        "{train,test}/<class>/*.png, or <class>/*.png",
        "your own disk",
    ),
)
