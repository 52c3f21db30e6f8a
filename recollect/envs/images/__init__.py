"""Image streams: sets of labelled pictures, read from the usual files and turned into tasks.

split      SplitImages: new classes in every task         idx       MNIST's files
permuted   PermutedImages: a pixel permutation per task   cifar     CIFAR's binary files
rotated    RotatedImages: an angle per task               medmnist  npz files
guises     what permuted and rotated share                sources   a set's name or a path -> labelled images
folder     ImageFolder: pictures in a folder per class    checking  what labelled images must be
"""
