"""The operators that are affine in whatever varies, for which the gradient is exact.

Operators that are linear but for an index, a mask or a term that a model may compute from its
inputs are in `constants`; of those that are linear in one argument of several, a rule says so.
"""

from __future__ import annotations

ARITHMETIC = "add sub rsub neg sum mean nansum cumsum trace"
SHAPES = """
    view unsafe_view reshape reshape_alias expand permute transpose t squeeze unsqueeze flatten
    unflatten as_strided alias narrow movedim repeat flip roll rot90 diagonal diag diag_embed tril
    triu unfold slice select split split_with_sizes unsafe_split unsafe_split_with_sizes unbind
    chunk unsafe_chunk cat stack pixel_shuffle pixel_unshuffle channel_shuffle
    native_channel_shuffle to_sparse
"""
COPIES = """
    clone copy to_copy contiguous lift_fresh real imag view_as_real view_as_complex conj
    conj_physical resolve_conj fill zero copy_slices accumulate_grad graph_root
    backward_hook_function ddp_sink
"""
INDEXING = """
    index_fill slice_scatter select_scatter masked_scatter embedding embedding_bag nll_loss
    nll_loss2d
"""
POOLING = """
    avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
    im2col col2im constant_pad_nd reflection_pad1d reflection_pad2d
    reflection_pad3d replication_pad1d replication_pad2d replication_pad3d upsample_nearest1d
    upsample_nearest2d upsample_nearest3d upsample_nearest_exact1d upsample_nearest_exact2d
    upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d upsample_bilinear2d_aa
    upsample_bicubic2d upsample_bicubic2d_aa upsample_trilinear3d
"""
TRANSFORMS = "fft_r2c fft_c2r fft_c2c stft istft"

LINEAR = frozenset(f"{ARITHMETIC} {SHAPES} {COPIES} {INDEXING} {POOLING} {TRANSFORMS}".split())
