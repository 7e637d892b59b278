"""The benchmarks behind `tocsin bench`."""
