"""Recipes: several networks whose answers are joined, judged on people that none of them saw (Wolpert 1992)."""

from core.stacking.judging import Judged, judge
from core.stacking.members import MEMBERS, RECIPES, Member, Recipe, find_recipe
from core.stacking.out_of_fold import Plan

__all__ = ["MEMBERS", "RECIPES", "Judged", "Member", "Plan", "Recipe", "find_recipe", "judge"]
