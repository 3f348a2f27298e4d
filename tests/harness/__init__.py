"""What the tests stand on: an offline environment, watched kernels, sample notebooks, the order of tests."""
