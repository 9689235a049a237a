# The camera, which reads the codes that people show each other.

add-from-camera = With the camera
add-preview-scanned = You scanned this code. What it says of who they are counts as verified: be sure that they showed it to you themselves.
meet-read-camera = Then read the code on the screen of { $name }: with the camera, or from a picture that you take of it.

camera-title = Scan a code
camera-words = Hold the code on the other’s screen or paper in front of the camera. Scan only what they show you themselves: it counts as verified. For a code from a web page or a message, read a picture of it instead.
camera-picture = What the camera sees
camera-opening = The camera is being opened…
camera-which = Camera
camera-again = Try again
camera-none = There is no camera on this computer, or none that this program knows how to use.
camera-forbidden = You may not use the camera. On most systems that needs the group “video”.
camera-busy = Another program uses the camera. Close it there first.
camera-gone = The camera was unplugged or switched off.
camera-format = The pictures of this camera are in a format that this program does not understand.
camera-silent = The camera shows no picture. Perhaps it is covered or switched off by a key.
camera-unseen = The camera is off, since this window was not seen for a while.
camera-other = The camera cannot be used.
