"""Pictures in questions and responses: made safe once on the way in, and kept by digest.

Files and folders, each after those that it builds on:

- `bare_png`: Recognise a PNG that holds nothing but its picture, down to the last bit.
- `bare_jpeg`: Recognise a JPEG that holds nothing but its picture, down to the last bit.
- `pictures`: Decode a picture and write it anew, without anything but the picture itself.
- `stored_pictures`: Store, find and erase pictures.
"""
