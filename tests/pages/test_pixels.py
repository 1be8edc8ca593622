"""Decoding all images is asked for where it takes long."""


def test_few_images_are_decoded_at_once(visit):
    captions = [caption.value for caption in visit("sampling").caption]
    assert any(caption.startswith("Batch 1 of") for caption in captions)


def test_many_are_decoded_when_somebody_asks(visit, monkeypatch):
    monkeypatch.setattr("pages.shared.pixels._MANY", 100)
    monkeypatch.setattr("pages.shared.pixels.is_kept", lambda key: False)
    app = visit("sampling")
    assert not any(caption.value.startswith("Batch 1 of") for caption in app.caption)
    [button] = [button for button in app.button if button.label == "Decode the images"]
    button.click().run()
    assert any(caption.value.startswith("Batch 1 of") for caption in app.caption)
