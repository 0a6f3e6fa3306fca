from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.recipe import Recipe, make_recipe
from olmocr_core.engines.scripted import ScriptedEngine
from tests.core.fakes import recipe


def test_the_recipe_depends_only_on_settings_that_change_answers() -> None:
    engine = ScriptedEngine()

    def digest(**changes: object) -> str:
        return make_recipe(load_settings(changes, environ={}), engine.identity).digest

    same = digest()
    assert digest(limits={"page_seconds": 5}) == same
    assert digest(orchestration={"workers": 7}) == same
    assert digest(publish={"formats": ["dolma"]}) == same
    assert digest(quality={"min_chars": 9}) == same
    assert digest(render={"longest_side": 1024}) != same
    assert digest(ladder={"max_attempts": 3}) != same
    assert recipe(ScriptedEngine(name="other")).digest != same


def test_page_keys_depend_on_document_page_and_recipe() -> None:
    one, other = recipe(ScriptedEngine()), recipe(ScriptedEngine(name="other"))
    keys = {made.page_key(doc_id, number) for made in (one, other) for doc_id in ("a", "b") for number in (1, 2)}
    assert len(keys) == 8
    assert one.page_key("a", 1) == recipe(ScriptedEngine()).page_key("a", 1)


def test_page_images_are_shared_by_all_engines() -> None:
    assert recipe(ScriptedEngine()).render_digest == recipe(ScriptedEngine(name="other")).render_digest
    larger = load_settings({"render": {"longest_side": 2000}}, environ={})
    assert recipe(ScriptedEngine(), larger).render_digest != recipe(ScriptedEngine()).render_digest


def test_a_stored_recipe_keeps_its_digest() -> None:
    made = recipe(ScriptedEngine())
    digest = made.digest
    assert Recipe.model_validate_json(made.model_dump_json()).digest == digest
