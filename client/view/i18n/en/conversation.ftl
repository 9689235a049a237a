# The conversation: header, messages, and the field below them.
