/* Mix every address of a range and every browser with one salt, as the annex would, and say which come out somewhere.

   BLAKE2b with a key and eight bytes of digest (RFC 7693), eight visitors at a time. A visitor's text is
   "a.b.c.d\nbrowser": within one length of address only its first sixteen bytes differ, so all else of the block is
   made once for each browser and length. */
#include <stdint.h>
#include <string.h>

#define LANES 8
typedef uint64_t v __attribute__((vector_size(8 * LANES)));

static const uint64_t IV[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                               0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint8_t SIGMA[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (64 - (n))))
#define G(a, b, c, d, x, y)                                                                                            \
    a += b + (x), d = ROTATE(d ^ a, 32), c += d, b = ROTATE(b ^ c, 24), a += b + (y), d = ROTATE(d ^ a, 16), c += d,   \
        b = ROTATE(b ^ c, 63)

/* One block, of which all lanes share the words from the third on. */
static void compress(v h[8], const v m[16], uint64_t length, int is_last)
{
    v w[16];
    for (int i = 0; i < 8; i++) w[i] = h[i], w[i + 8] = (v){0} + IV[i];
    w[12] ^= length;
    if (is_last) w[14] = ~w[14];
#pragma GCC unroll 12
    for (int r = 0; r < 12; r++) {
        const uint8_t *s = SIGMA[r];
        G(w[0], w[4], w[8], w[12], m[s[0]], m[s[1]]);
        G(w[1], w[5], w[9], w[13], m[s[2]], m[s[3]]);
        G(w[2], w[6], w[10], w[14], m[s[4]], m[s[5]]);
        G(w[3], w[7], w[11], w[15], m[s[6]], m[s[7]]);
        G(w[0], w[5], w[10], w[15], m[s[8]], m[s[9]]);
        G(w[1], w[6], w[11], w[12], m[s[10]], m[s[11]]);
        G(w[2], w[7], w[8], w[13], m[s[12]], m[s[13]]);
        G(w[3], w[4], w[9], w[14], m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) h[i] ^= w[i] ^ w[i + 8];
}

static int written(uint32_t address, uint8_t text[16])
{
    int at = 0;
    memset(text, 0, 16);
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned part = (address >> shift) & 255;
        if (part >= 100) text[at++] = '0' + part / 100;
        if (part >= 10) text[at++] = '0' + part / 10 % 10;
        text[at++] = '0' + part % 10;
        text[at++] = shift ? '.' : '\n';
    }
    return at;
}

static int is_there(uint64_t digest, const uint64_t *there, int64_t count)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (there[middle] < digest) low = middle + 1;
        else high = middle;
    }
    return low < count && there[low] == digest;
}

/* Which visitors of ``count`` addresses from ``first`` with each browser come out among ``there``; how many.

   there: sorted. filter: 2^22 bits, that of each digest's lowest 22 bits is set. found: address, browser; room for most. */
int64_t enumerate_range(const uint8_t *key, int key_length, uint32_t first, uint32_t count, const char **browsers,
                        int browser_count, const uint64_t *there, int64_t there_count, const uint8_t *filter,
                        uint32_t *found, int64_t most)
{
    v start[8], m[16];
    uint8_t block[128] = {0};
    int64_t hits = 0;
    for (int i = 0; i < 8; i++) start[i] = (v){0} + IV[i];
    start[0] ^= 0x01010000 ^ ((uint64_t)key_length << 8) ^ 8;
    memcpy(block, key, key_length);
    for (int i = 0; i < 16; i++) {
        uint64_t word;
        memcpy(&word, block + 8 * i, 8);
        m[i] = (v){0} + word;
    }
    compress(start, m, 128, 0);
    for (int b = 0; b < browser_count; b++) {
        int tail = (int)strlen(browsers[b]);
        uint32_t waiting[17][LANES];
        uint64_t words[17][2][LANES];
        int waits[17] = {0};
        /* One more turn empties what waits, filled up with what is there. */
        for (uint64_t n = 0; n <= count; n++) {
            int from = 8, to = 16;
            if (n < count) {
                uint8_t text[16];
                int length = written(first + (uint32_t)n, text), lane = waits[length]++;
                waiting[length][lane] = first + (uint32_t)n;
                memcpy(&words[length][0][lane], text, 8);
                memcpy(&words[length][1][lane], text + 8, 8);
                if (waits[length] < LANES) continue;
                from = to = length;
            }
            for (int length = from; length <= to; length++) {
                if (!waits[length]) continue;
                for (int lane = waits[length]; lane < LANES; lane++)
                    words[length][0][lane] = words[length][0][0], words[length][1][lane] = words[length][1][0];
                memset(block, 0, 128);
                memcpy(block + length, browsers[b], tail);
                for (int i = 0; i < 16; i++) {
                    uint64_t word;
                    memcpy(&word, block + 8 * i, 8);
                    m[i] = (v){0} + word;
                    if (i < 2)
                        for (int lane = 0; lane < LANES; lane++) m[i][lane] |= words[length][i][lane];
                }
                v h[8];
                memcpy(h, start, sizeof h);
                compress(h, m, 128 + length + tail, 1);
                for (int lane = 0; lane < waits[length]; lane++) {
                    uint64_t digest = h[0][lane];
                    if (filter[(digest & 0x3fffff) >> 3] >> (digest & 7) & 1 && is_there(digest, there, there_count)) {
                        if (hits < most) found[2 * hits] = waiting[length][lane], found[2 * hits + 1] = b;
                        hits++;
                    }
                }
                waits[length] = 0;
            }
        }
    }
    return hits;
}
