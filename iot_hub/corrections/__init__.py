"""What the owner puts right: wrong fixes, and how journeys really were."""
