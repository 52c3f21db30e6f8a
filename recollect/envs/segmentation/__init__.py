"""Segmentation streams: every pixel has a class, and each task labels its own classes alone.

Background is 0 and void 255 everywhere. In the masks of a task the classes of other tasks are background too, those of
earlier tasks (backward shift) and of later ones (forward shift).

stream     Segmentation: masked pictures as tasks, in three modes    scenes   Scenes: drawn shapes
masked     pictures with masks, checked                              camvid   CamVid: street scenes
steps      which classes and pictures each task has                  folder   SegmentationFolder: VOC, Cityscapes, pairs
iou        confusion counts and intersection over union              layouts  the files of each layout
"""
