"""The map: drawn from pixels or by a network, coloured, and its dots as images."""

import pandas as pd
import pytest

from core.figures import image_map
from tests.pages.conftest import errors, noise, pictures, text


def catch(app, places: list[int]):
    """Draw a loop around these dots."""
    key = app.get("plotly_chart")[0].key
    app.session_state[key] = {"selection": {"points": [{"customdata": place} for place in places]}}
    return app.run()


def test_the_map_of_pixels_is_drawn_at_once(visit, even):
    app = visit("map", even)
    assert "Drawn: all 80 usable images." in text(app)
    assert "Once a network is trained, its view is here." in text(app)


def test_caught_dots_show_their_images_and_the_nearest_of_one(visit, even):
    app = catch(visit("map", even), [0, 5, 79])
    assert "In the loop: 3 images" in text(app)
    caught, nearest = pictures(app)[:3], pictures(app)[3:]
    assert nearest[0] == caught[0]
    assert len(set(nearest)) == len(nearest) > 1


def test_the_classes_in_the_loop_stand_beside_those_of_the_map(visit, even):
    app = catch(visit("map", even), [0, 1, 2, 79])
    mix = app.dataframe[0].value.set_index("label")
    assert mix["images"].to_dict() == {"cat": 3, "dog": 1}
    assert mix.loc["cat", ["share", "usual"]].to_list() == [0.75, 0.5]


def test_the_images_in_the_loop_are_mixed_and_alike_at_each_visit(visit, even):
    places = list(range(80))
    first, again = (pictures(catch(visit("map", even), order))[:60] for order in (places, places[::-1]))
    assert first == again
    assert {name.split("/")[0] for name in first[:12]} == {"cat", "dog"}


def test_the_image_whose_neighbours_are_asked_for_is_shown(visit, even):
    app = catch(visit("map", even), [0, 5, 79])
    assert pictures(app)[3] == app.selectbox(key="map-image").value


def test_a_link_says_how_the_map_is_drawn_and_coloured(visit):
    app = visit("map", **{"projection": "t-SNE", "coloured-by": "annotator"})
    assert app.selectbox(key="projection").value == "tsne"
    assert app.selectbox(key="coloured-by").value == "annotator"


def test_what_is_drawn_by_default_is_not_in_the_link(visit, even):
    assert set(visit("map", even).query_params) == {"dataset"}


def test_a_link_to_a_run_that_is_gone_shows_the_pixels(visit, even):
    assert visit("map", even, **{"alike-by": "what a network sees, gone"}).selectbox(key="alike-by").value == "pixels"


def test_a_colour_of_a_run_is_given_up_with_the_run(visit, runs):
    app = visit("map")
    app.selectbox(key="alike-by").set_value(runs[1].id).run()
    app.selectbox(key="coloured-by").set_value("correct").run()
    app.selectbox(key="alike-by").set_value("pixels").run()
    assert not app.exception
    assert app.selectbox(key="coloured-by").value == "label"


def test_counts_of_a_sample_are_said_to_be_of_a_sample(visit, even, monkeypatch):
    monkeypatch.setattr("core.embedding.features.MAX_DRAWN", 20)
    monkeypatch.setattr("core.embedding.features.sample.__defaults__", (20, 0))
    app = visit("map", even)
    assert "Drawn: 20 of 80 usable images. The numbers above count those drawn, rare classes in full." in text(app)
    app.toggle(key="purity").set_value(True).run()
    assert "All counts are of the 20 images drawn." in text(app)


@pytest.mark.parametrize("n", [900, 1200])
def test_dots_are_of_one_size_however_rare_their_class(n):
    points = pd.DataFrame({"x": 0.0, "y": 0.0, "image": "a.png", "label": ["joy"] * (n - 1) + ["fear"]})
    assert len({dots.marker.size for dots in image_map(points, "label", ("joy", "fear"), ("x", "y")).data}) == 1


def test_neighbours_of_another_image_can_be_asked_for(visit, even):
    app = catch(visit("map", even), [0, 5, 79])
    image = app.selectbox(key="map-image").options[2]
    app.selectbox(key="map-image").set_value(image).run()
    assert pictures(app)[3] == image


def test_a_loop_around_nothing_shows_nothing(visit, even):
    assert "In the loop" not in text(catch(visit("map", even), []))


def test_how_often_neighbours_share_a_class_is_counted(visit, even):
    app = visit("map", even)
    app.toggle(key="purity").set_value(True).run()
    table = app.dataframe[-1].value
    assert set(table["label"]) >= {"cat", "dog"}
    assert table["purity"].between(0, 1).all()


def test_neighbours_in_a_network_are_judged_by_images_that_it_never_saw(visit, runs):
    app = visit("map")
    app.selectbox(key="alike-by").set_value(runs[1].id).run()
    app.toggle(key="purity").set_value(True).run()
    unseen = (runs[1].predictions["fold"] == 1).sum()
    assert app.dataframe[-1].value.set_index("label").loc["all images", "images"] == unseen


def test_the_map_can_be_coloured_by_annotator(visit):
    app = visit("map")
    app.selectbox(key="coloured-by").set_value("annotator").run()
    assert not app.exception


def test_what_a_run_said_colours_no_map_of_a_dataset_without_runs(visit, even):
    assert visit("map", even).selectbox(key="coloured-by").options == ["class", "annotator"]


@pytest.mark.parametrize("colour", ["label", "annotator", "prediction", "correct"])
def test_a_trained_network_draws_its_own_map(visit, runs, colour):
    app = visit("map")
    app.selectbox(key="alike-by").set_value(runs[1].id).run()
    app.selectbox(key="coloured-by").set_value(colour).run()
    assert not app.exception
    assert "Drawn: all" in text(app)


def test_a_run_without_a_network_is_not_offered(visit, runs):
    options = visit("map").selectbox(key="alike-by").options
    assert any(runs[1].id in option for option in options)
    assert not any(runs[0].id in option for option in options)


def test_t_sne_of_too_few_images_is_one_sentence(visit, even):
    app = visit("map", even)
    app.selectbox(key="projection").set_value("tsne").run()
    assert errors(app) == [
        "t-SNE with perplexity 30 needs more than 90 images, and here are 80; choose a smaller perplexity, or PCA."
    ]
    app.number_input(key="map-tsne-perplexity").set_value(5).run()
    assert errors(app) == []
    assert "Drawn: all 80 usable images." in text(app)


def test_two_images_are_too_few_for_a_map(visit, make_folder):
    app = visit("map", make_folder({"a/1.png": noise(1), "b/2.png": noise(2)}, name="pair"))
    assert errors(app) == ["pair has fewer than three images that can be read; a map needs more."]


def test_images_that_are_all_alike_make_no_map(visit, make_folder):
    app = visit("map", make_folder([f"{label}/{n}.jpg" for label in "ab" for n in range(4)], name="alike"))
    assert errors(app) == ["All images of alike look the same to these features, so no map can set them apart."]
