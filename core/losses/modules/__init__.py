"""What the losses compute. These files import torch at their top, so only builders of losses import them."""
