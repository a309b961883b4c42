"""What the tests share: the program, a registry, base images, archives, a lying registry."""
