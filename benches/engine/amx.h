/* Included before every file of llama.cpp that GCC compiles: see `peer`.
 *
 * GCC's tile loads (amxtileintrin.h, seen in GCC 12) are assembly that does not
 * say that it reads memory. The optimiser then drops what was written there
 * just before, the tile configuration first of all, and llama.cpp ends with an
 * illegal instruction. Here they say so. Nothing else changes. */
#if defined(__AMX_TILE__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>

#undef _tile_loadconfig
#undef _tile_loadd_internal
#undef _tile_stream_loadd_internal

#define _tile_loadconfig(config) \
    __asm__ volatile("ldtilecfg\t%X0" ::"m"(*(const char(*)[64])(config)) : "memory")
#define _tile_loadd_internal(tile, base, stride)                                  \
    __asm__ volatile("tileloadd\t(%0,%1,1), %%tmm" #tile ::"r"((const void *)(base)), \
                     "r"((long)(stride))                                          \
                     : "memory")
#define _tile_stream_loadd_internal(tile, base, stride)                             \
    __asm__ volatile("tileloaddt1\t(%0,%1,1), %%tmm" #tile ::"r"((const void *)(base)), \
                     "r"((long)(stride))                                            \
                     : "memory")
#endif
