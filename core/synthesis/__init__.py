"""Made images for rare classes: a small GAN trained on demand, and what is honest to say of what it makes."""
