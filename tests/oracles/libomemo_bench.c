/* How fast libomemo-c is, with its record of a session serialised at every operation, as it always
 * is. Prints a line for each measurement: its name, a tab, operations per second.
 *
 *   libomemo_bench 0.3|2 COUNT
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "libomemo.h"

enum { DEVICES = 100, ROUNDS = 3, BATCH = 10, SHORT = 100, LONG = 10000, MAX_KEY = 48 };

static enum version version;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void check(int result, const char *what) {
    if (result != 0) {
        fprintf(stderr, "%s failed with %d\n", what, result);
        exit(1);
    }
}

static void row(const char *name, double count, double seconds) {
    printf("%s\t%.1f\n", name, count / seconds);
    fflush(stdout);
}

/* --- Payloads, as clients around the library make them --- */

struct payload {
    uint8_t key[MAX_KEY], iv[12], ciphertext[LONG + 16];
    int key_length, length;
};

static void derive(const uint8_t *key, uint8_t *derived) {
    static const uint8_t zeros[32];
    size_t length = 80;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    EVP_PKEY_derive_init(context);
    EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256());
    EVP_PKEY_CTX_set1_hkdf_salt(context, zeros, 32);
    EVP_PKEY_CTX_set1_hkdf_key(context, key, 32);
    EVP_PKEY_CTX_add1_hkdf_info(context, (const uint8_t *)"OMEMO Payload", 13);
    check(EVP_PKEY_derive(context, derived, &length) != 1, "HKDF");
    EVP_PKEY_CTX_free(context);
}

static void authenticate(const uint8_t *derived, const struct payload *payload, uint8_t *mac) {
    unsigned length = 32;
    HMAC(EVP_sha256(), derived + 32, 32, payload->ciphertext, (size_t)payload->length, mac, &length);
}

static void seal(struct payload *payload, const uint8_t *content, int length) {
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int written = 0, last = 0;
    if (version == OMEMO_2) {
        uint8_t derived[80], mac[32];
        RAND_bytes(payload->key, 32);
        derive(payload->key, derived);
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, derived, derived + 64);
        EVP_EncryptUpdate(cipher, payload->ciphertext, &written, content, length);
        EVP_EncryptFinal_ex(cipher, payload->ciphertext + written, &last);
        payload->length = written + last;
        authenticate(derived, payload, mac);
        memcpy(payload->key + 32, mac, 16);
        payload->key_length = 48;
    } else {
        RAND_bytes(payload->key, 16);
        RAND_bytes(payload->iv, 12);
        EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, payload->key, payload->iv);
        EVP_EncryptUpdate(cipher, payload->ciphertext, &written, content, length);
        EVP_EncryptFinal_ex(cipher, payload->ciphertext + written, &last);
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, 16, payload->key + 16);
        payload->length = written;
        payload->key_length = 32;
    }
    EVP_CIPHER_CTX_free(cipher);
}

static void open_payload(struct payload *payload, const uint8_t *key) {
    static uint8_t content[LONG + 16];
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int written = 0, last = 0;
    if (version == OMEMO_2) {
        uint8_t derived[80], mac[32];
        derive(key, derived);
        authenticate(derived, payload, mac);
        check(CRYPTO_memcmp(mac, key + 32, 16), "HMAC");
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, derived, derived + 64);
    } else {
        EVP_DecryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key, payload->iv);
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, 16, (void *)(key + 16));
    }
    EVP_DecryptUpdate(cipher, content, &written, payload->ciphertext, payload->length);
    check(EVP_DecryptFinal_ex(cipher, content + written, &last) != 1, "payload");
    EVP_CIPHER_CTX_free(cipher);
}

/* --- Messages --- */

static const uint8_t CONTENT[LONG] = {7};

static ciphertext_message *seal_key(struct party *party, const uint8_t *key, int length) {
    ciphertext_message *message = NULL;
    check(encrypt(party, (struct bytes){key, (size_t)length}, &message), "encrypt");
    return message;
}

static signal_buffer *open_key(struct party *party, ciphertext_message *message) {
    signal_buffer *bytes = ciphertext_message_get_serialized(message), *plaintext = NULL;
    struct bytes input = {signal_buffer_data(bytes), signal_buffer_len(bytes)};
    int is_key_exchange = ciphertext_message_get_type(message) == CIPHERTEXT_PREKEY_TYPE;
    check(decrypt(party, input, is_key_exchange, &plaintext), "decrypt");
    return plaintext;
}

/* One message without its payload. */
static void transfer(struct party *from, struct party *to) {
    ciphertext_message *message = seal_key(from, CONTENT, version == OMEMO_2 ? 48 : 32);
    signal_buffer_free(open_key(to, message));
    SIGNAL_UNREF(message);
}

static void set_up(struct party *alice, struct party *bob) {
    signal_buffer *identity = published_identity(bob), *pre_key = published_pre_key(bob, 1);
    signal_buffer *signed_pre_key = published_signed_pre_key(bob);
    struct their_bundle bundle = {
        .identity = {signal_buffer_data(identity), signal_buffer_len(identity)},
        .signed_pre_key_id = signed_pre_key_id(),
        .signed_pre_key = {signal_buffer_data(signed_pre_key), signal_buffer_len(signed_pre_key)},
        .signature = {published_signature(bob), 64},
        .pre_key_id = 1,
        .pre_key = {signal_buffer_data(pre_key), signal_buffer_len(pre_key)},
    };
    check(initiate(alice, &bundle), "initiate");
    transfer(alice, bob);
    signal_buffer_free(identity);
    signal_buffer_free(pre_key);
    signal_buffer_free(signed_pre_key);
}

/* --- Measurements: the best of some rounds --- */

static struct party *alices[DEVICES], *bobs[DEVICES];

static void measure_set_up(void) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        for (int at = 0; at < DEVICES; at++) {
            free_party(alices[at]);
            free_party(bobs[at]);
            alices[at] = new_party(version, 1);
            bobs[at] = new_party(version, 1);
        }
        double start = now();
        for (int at = 0; at < DEVICES; at++) {
            set_up(alices[at], bobs[at]);
        }
        double took = now() - start;
        best = took < best ? took : best;
    }
    row("set-up", DEVICES, best);
    for (int at = 0; at < DEVICES; at++) {
        transfer(bobs[at], alices[at]);
        transfer(alices[at], bobs[at]);
    }
}

static void measure_pairs(const char *name, int count, int alternating) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int at = 0; at < count; at++) {
            int answers = alternating && at % 2 == 1;
            transfer(answers ? bobs[0] : alices[0], answers ? alices[0] : bobs[0]);
        }
        double took = now() - start;
        best = took < best ? took : best;
    }
    row(name, count, best);
}

static void measure_messages(int length, int count, const char *sealing, const char *opening) {
    double best_seal = 1e9, best_open = 1e9;
    static struct payload payloads[BATCH];
    ciphertext_message *messages[BATCH];
    int batches = count / BATCH;
    for (int round = 0; round < ROUNDS; round++) {
        double sealing_took = 0, opening_took = 0;
        for (int batch = 0; batch < batches; batch++) {
            double start = now();
            for (int at = 0; at < BATCH; at++) {
                seal(&payloads[at], CONTENT, length);
                messages[at] = seal_key(alices[0], payloads[at].key, payloads[at].key_length);
            }
            sealing_took += now() - start;
            start = now();
            for (int at = 0; at < BATCH; at++) {
                signal_buffer *key = open_key(bobs[0], messages[at]);
                open_payload(&payloads[at], signal_buffer_data(key));
                signal_buffer_free(key);
            }
            opening_took += now() - start;
            for (int at = 0; at < BATCH; at++) {
                SIGNAL_UNREF(messages[at]);
            }
        }
        best_seal = sealing_took < best_seal ? sealing_took : best_seal;
        best_open = opening_took < best_open ? opening_took : best_open;
    }
    count = batches * BATCH;
    row(sealing, count, best_seal);
    row(opening, count, best_open);
}

static void measure_stanza(int count) {
    double best = 1e9;
    static struct payload payload;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int at = 0; at < count; at++) {
            seal(&payload, CONTENT, SHORT);
            for (int device = 0; device < DEVICES; device++) {
                ciphertext_message *message =
                    seal_key(alices[device], payload.key, payload.key_length);
                SIGNAL_UNREF(message);
            }
        }
        double took = now() - start;
        best = took < best ? took : best;
    }
    row("stanza for 100 devices", count, best);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 3) {
        fprintf(stderr, "usage: libomemo_bench 0.3|2 COUNT\n");
        return 2;
    }
    version = strcmp(arguments[1], "2") == 0 ? OMEMO_2 : OMEMO_0_3;
    int count = atoi(arguments[2]);
    start_library();
    measure_set_up();
    measure_pairs("ping-pong pair", count, 1);
    measure_pairs("one-way pair", count, 0);
    measure_messages(SHORT, count, "encrypt 100 B", "decrypt 100 B");
    measure_messages(LONG, count, "encrypt 10 kB", "decrypt 10 kB");
    measure_stanza(count / DEVICES);
    return 0;
}
