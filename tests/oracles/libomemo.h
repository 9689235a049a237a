/* One device that speaks through libomemo-c, with its keys and sessions in memory. */

#ifndef ONYM_LIBOMEMO_H
#define ONYM_LIBOMEMO_H

#include <stddef.h>
#include <stdint.h>

#include <omemo/signal_protocol.h>
#include <omemo/protocol.h>

/* What the library calls the two versions of OMEMO. */
enum version { OMEMO_0_3 = 3, OMEMO_2 = 4 };

struct party;

/* To be called once, before anything else. */
void start_library(void);

struct party *new_party(enum version version, unsigned pre_keys);
void free_party(struct party *party);

/* The published keys, as they stand in the elements of a bundle; for the caller to free. */
signal_buffer *published_identity(struct party *party);
signal_buffer *published_signed_pre_key(struct party *party);
const uint8_t *published_signature(struct party *party);
uint32_t signed_pre_key_id(void);
/* NULL if the pre-key was used. */
signal_buffer *published_pre_key(struct party *party, uint32_t id);
unsigned pre_key_count(struct party *party);

struct bytes {
    const uint8_t *data;
    size_t length;
};

struct their_bundle {
    struct bytes identity, signed_pre_key, signature, pre_key;
    uint32_t signed_pre_key_id, pre_key_id;
};

/* All of them give 0 or an error of the library. There is one other device. */
int initiate(struct party *party, const struct their_bundle *bundle);
int encrypt(struct party *party, struct bytes plaintext, ciphertext_message **message);
int decrypt(struct party *party, struct bytes message, int is_key_exchange, signal_buffer **plaintext);

#endif
