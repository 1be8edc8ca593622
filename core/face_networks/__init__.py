"""Small networks that learned emotions from other people's faces, to be trained on with one's own."""
