"""The TensorBoard side of tb-explain; never imports torch."""
