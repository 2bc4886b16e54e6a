"""What goes into the registry: releases, datasets, rollouts, and the moves of aliases."""
