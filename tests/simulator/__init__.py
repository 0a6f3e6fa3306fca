"""A model server that speaks SGLang's routes, serves from a set number of slots, and misbehaves by plan. No GPU, no model."""

from tests.simulator.plan import FAULTS, Asked, Fault, Plan, in_turn, seeded, well_behaved
from tests.simulator.server import Simulator
from tests.simulator.shape import Shape

__all__ = ["FAULTS", "Asked", "Fault", "Plan", "Shape", "Simulator", "in_turn", "seeded", "well_behaved"]
