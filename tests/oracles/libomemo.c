/* See libomemo.h. */

#include "libomemo.h"

#include <stdlib.h>
#include <string.h>

#include <omemo/curve.h>
#include <omemo/key_helper.h>
#include <omemo/ratchet.h>
#include <omemo/session_builder.h>
#include <omemo/session_cipher.h>
#include <omemo/session_pre_key.h>
#include <omemo/session_record.h>
#include <omemo/session_state.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

static signal_context *library;

/* --- What the library wants of a cryptographic library --- */

static int random_bytes(uint8_t *data, size_t length, void *user) {
    return RAND_bytes(data, (int)length) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int hmac_begin(void **context, const uint8_t *key, size_t length, void *user) {
    *context = HMAC_CTX_new();
    return HMAC_Init_ex(*context, key, (int)length, EVP_sha256(), NULL) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int hmac_update(void *context, const uint8_t *data, size_t length, void *user) {
    return HMAC_Update(context, data, length) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int hmac_final(void *context, signal_buffer **output, void *user) {
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (HMAC_Final(context, mac, &length) != 1) {
        return SG_ERR_UNKNOWN;
    }
    *output = signal_buffer_create(mac, length);
    return 0;
}

static void hmac_end(void *context, void *user) {
    HMAC_CTX_free(context);
}

static int digest_begin(void **context, void *user) {
    *context = EVP_MD_CTX_new();
    return EVP_DigestInit_ex(*context, EVP_sha512(), NULL) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int digest_update(void *context, const uint8_t *data, size_t length, void *user) {
    return EVP_DigestUpdate(context, data, length) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int digest_final(void *context, signal_buffer **output, void *user) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context, digest, &length) != 1) {
        return SG_ERR_UNKNOWN;
    }
    *output = signal_buffer_create(digest, length);
    return EVP_DigestInit_ex(context, EVP_sha512(), NULL) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static void digest_end(void *context, void *user) {
    EVP_MD_CTX_free(context);
}

static int aes_cbc(signal_buffer **output, int cipher, struct bytes key, struct bytes iv,
                   struct bytes input, int encrypting) {
    if (cipher != SG_CIPHER_AES_CBC_PKCS5 || key.length != 32 || iv.length != 16) {
        return SG_ERR_INVAL;
    }
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *buffer = malloc(input.length + 32);
    int length = 0, last = 0;
    int good = EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, key.data, iv.data, encrypting) &&
               EVP_CipherUpdate(context, buffer, &length, input.data, (int)input.length) &&
               EVP_CipherFinal_ex(context, buffer + length, &last);
    if (good) {
        *output = signal_buffer_create(buffer, (size_t)(length + last));
    }
    free(buffer);
    EVP_CIPHER_CTX_free(context);
    return good ? 0 : SG_ERR_UNKNOWN;
}

static int aes_encrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length,
                       const uint8_t *iv, size_t iv_length, const uint8_t *data, size_t length,
                       void *user) {
    return aes_cbc(output, cipher, (struct bytes){key, key_length}, (struct bytes){iv, iv_length},
                   (struct bytes){data, length}, 1);
}

static int aes_decrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length,
                       const uint8_t *iv, size_t iv_length, const uint8_t *data, size_t length,
                       void *user) {
    return aes_cbc(output, cipher, (struct bytes){key, key_length}, (struct bytes){iv, iv_length},
                   (struct bytes){data, length}, 0);
}

void start_library(void) {
    signal_crypto_provider provider = {
        .random_func = random_bytes,
        .hmac_sha256_init_func = hmac_begin,
        .hmac_sha256_update_func = hmac_update,
        .hmac_sha256_final_func = hmac_final,
        .hmac_sha256_cleanup_func = hmac_end,
        .sha512_digest_init_func = digest_begin,
        .sha512_digest_update_func = digest_update,
        .sha512_digest_final_func = digest_final,
        .sha512_digest_cleanup_func = digest_end,
        .encrypt_func = aes_encrypt,
        .decrypt_func = aes_decrypt,
    };
    signal_context_create(&library, NULL);
    signal_context_set_crypto_provider(library, &provider);
}

/* --- What it wants of a store --- */

struct party {
    enum version version;
    signal_protocol_store_context *store;
    session_signed_pre_key *signed_pre_key;
    signal_buffer *session, *signed_record, *identity, *identity_secret;
    signal_buffer **pre_keys; /* by id, from 1 */
    unsigned pre_key_count;
    uint32_t registration_id;
};

static const signal_protocol_address PEER = {"peer", 4, 1};

static int session_load(signal_buffer **record, signal_buffer **user_record,
                        const signal_protocol_address *address, void *user) {
    struct party *party = user;
    if (party->session == NULL) {
        return 0;
    }
    *record = signal_buffer_copy(party->session);
    return 1;
}

static int session_devices(signal_int_list **list, const char *name, size_t length, void *user) {
    *list = signal_int_list_alloc();
    return 0;
}

static int session_store(const signal_protocol_address *address, uint8_t *record, size_t length,
                         uint8_t *user_record, size_t user_length, void *user) {
    struct party *party = user;
    signal_buffer_free(party->session);
    party->session = signal_buffer_create(record, length);
    return 0;
}

static int session_contains(const signal_protocol_address *address, void *user) {
    return ((struct party *)user)->session != NULL;
}

static int session_delete(const signal_protocol_address *address, void *user) {
    return 0;
}

static int session_delete_all(const char *name, size_t length, void *user) {
    return 0;
}

static void nothing(void *user) {
}

static int pre_key_load(signal_buffer **record, uint32_t id, void *user) {
    struct party *party = user;
    if (id == 0 || id > party->pre_key_count || party->pre_keys[id - 1] == NULL) {
        return SG_ERR_INVALID_KEY_ID;
    }
    *record = signal_buffer_copy(party->pre_keys[id - 1]);
    return SG_SUCCESS;
}

static int pre_key_store(uint32_t id, uint8_t *record, size_t length, void *user) {
    struct party *party = user;
    party->pre_keys[id - 1] = signal_buffer_create(record, length);
    return 0;
}

static int pre_key_contains(uint32_t id, void *user) {
    struct party *party = user;
    return id > 0 && id <= party->pre_key_count && party->pre_keys[id - 1] != NULL;
}

static int pre_key_remove(uint32_t id, void *user) {
    struct party *party = user;
    if (pre_key_contains(id, user)) {
        signal_buffer_free(party->pre_keys[id - 1]);
        party->pre_keys[id - 1] = NULL;
    }
    return 0;
}

static int signed_load(signal_buffer **record, uint32_t id, void *user) {
    struct party *party = user;
    if (id != signed_pre_key_id()) {
        return SG_ERR_INVALID_KEY_ID;
    }
    *record = signal_buffer_copy(party->signed_record);
    return SG_SUCCESS;
}

static int signed_store(uint32_t id, uint8_t *record, size_t length, void *user) {
    ((struct party *)user)->signed_record = signal_buffer_create(record, length);
    return 0;
}

static int signed_contains(uint32_t id, void *user) {
    return id == signed_pre_key_id();
}

static int signed_remove(uint32_t id, void *user) {
    return 0;
}

static int identity_pair(signal_buffer **public, signal_buffer **secret, void *user) {
    struct party *party = user;
    *public = signal_buffer_copy(party->identity);
    *secret = signal_buffer_copy(party->identity_secret);
    return 0;
}

static int identity_registration(void *user, uint32_t *id) {
    *id = ((struct party *)user)->registration_id;
    return 0;
}

static int identity_save(const signal_protocol_address *address, uint8_t *key, size_t length,
                         void *user) {
    return 0;
}

static int identity_is_trusted(const signal_protocol_address *address, uint8_t *key, size_t length,
                               void *user) {
    return 1;
}

static void make_store(struct party *party) {
    signal_protocol_session_store sessions = {
        session_load, session_devices, session_store, session_contains,
        session_delete, session_delete_all, nothing, party};
    signal_protocol_pre_key_store pre_keys = {
        pre_key_load, pre_key_store, pre_key_contains, pre_key_remove, nothing, party};
    signal_protocol_signed_pre_key_store signed_pre_keys = {
        signed_load, signed_store, signed_contains, signed_remove, nothing, party};
    signal_protocol_identity_key_store identities = {
        identity_pair, identity_registration, identity_save, identity_is_trusted, nothing, party};
    signal_protocol_store_context_create(&party->store, library);
    signal_protocol_store_context_set_session_store(party->store, &sessions);
    signal_protocol_store_context_set_pre_key_store(party->store, &pre_keys);
    signal_protocol_store_context_set_signed_pre_key_store(party->store, &signed_pre_keys);
    signal_protocol_store_context_set_identity_key_store(party->store, &identities);
}

/* --- The device --- */

struct party *new_party(enum version version, unsigned pre_keys) {
    struct party *party = calloc(1, sizeof *party);
    party->version = version;
    party->pre_key_count = pre_keys;
    party->pre_keys = calloc(pre_keys, sizeof *party->pre_keys);
    make_store(party);

    ratchet_identity_key_pair *identity;
    signal_protocol_key_helper_generate_identity_key_pair(&identity, library);
    ec_public_key_serialize(&party->identity, ratchet_identity_key_pair_get_public(identity));
    ec_private_key_serialize(&party->identity_secret,
                             ratchet_identity_key_pair_get_private(identity));
    signal_protocol_key_helper_generate_registration_id(&party->registration_id, 0, library);

    signal_protocol_key_helper_pre_key_list_node *first = NULL;
    signal_protocol_key_helper_generate_pre_keys(&first, 1, pre_keys, library);
    for (signal_protocol_key_helper_pre_key_list_node *node = first; node != NULL;
         node = signal_protocol_key_helper_key_list_next(node)) {
        signal_protocol_pre_key_store_key(party->store,
                                          signal_protocol_key_helper_key_list_element(node));
    }
    signal_protocol_key_helper_key_list_free(first);

    signal_protocol_key_helper_generate_signed_pre_key(&party->signed_pre_key, identity,
                                                       signed_pre_key_id(), 1000, library);
    signal_protocol_signed_pre_key_store_key(party->store, party->signed_pre_key);
    SIGNAL_UNREF(identity);
    return party;
}

void free_party(struct party *party) {
    if (party == NULL) {
        return;
    }
    signal_protocol_store_context_destroy(party->store);
    SIGNAL_UNREF(party->signed_pre_key);
    signal_buffer_free(party->session);
    signal_buffer_free(party->signed_record);
    signal_buffer_free(party->identity);
    signal_buffer_free(party->identity_secret);
    for (unsigned at = 0; at < party->pre_key_count; at++) {
        signal_buffer_free(party->pre_keys[at]);
    }
    free(party->pre_keys);
    free(party);
}

static signal_buffer *written(enum version version, ec_public_key *key) {
    signal_buffer *buffer = NULL;
    if (version == OMEMO_2) {
        return ec_public_key_get_mont(key);
    }
    ec_public_key_serialize(&buffer, key);
    return buffer;
}

signal_buffer *published_identity(struct party *party) {
    ec_public_key *key;
    curve_decode_point(&key, signal_buffer_data(party->identity),
                       signal_buffer_len(party->identity), library);
    signal_buffer *buffer =
        party->version == OMEMO_2 ? ec_public_key_get_ed(key) : written(OMEMO_0_3, key);
    SIGNAL_UNREF(key);
    return buffer;
}

signal_buffer *published_signed_pre_key(struct party *party) {
    ec_key_pair *pair = session_signed_pre_key_get_key_pair(party->signed_pre_key);
    return written(party->version, ec_key_pair_get_public(pair));
}

const uint8_t *published_signature(struct party *party) {
    return party->version == OMEMO_2
               ? session_signed_pre_key_get_signature_omemo(party->signed_pre_key)
               : session_signed_pre_key_get_signature(party->signed_pre_key);
}

uint32_t signed_pre_key_id(void) {
    return 1;
}

signal_buffer *published_pre_key(struct party *party, uint32_t id) {
    session_pre_key *key;
    if (signal_protocol_pre_key_load_key(party->store, &key, id) != 0) {
        return NULL;
    }
    signal_buffer *buffer =
        written(party->version, ec_key_pair_get_public(session_pre_key_get_key_pair(key)));
    SIGNAL_UNREF(key);
    return buffer;
}

unsigned pre_key_count(struct party *party) {
    return party->pre_key_count;
}

int initiate(struct party *party, const struct their_bundle *bundle) {
    ec_public_key *identity = NULL, *signed_pre_key = NULL, *pre_key = NULL;
    session_pre_key_bundle *parsed = NULL;
    session_builder *builder = NULL;
    int result =
        party->version == OMEMO_2
            ? curve_decode_point_ed(&identity, bundle->identity.data, bundle->identity.length, library)
            : curve_decode_point(&identity, bundle->identity.data, bundle->identity.length, library);
    if (result == 0) {
        result = curve_decode_point_mont(&signed_pre_key, bundle->signed_pre_key.data,
                                         bundle->signed_pre_key.length, library);
    }
    if (result == 0) {
        result = curve_decode_point_mont(&pre_key, bundle->pre_key.data, bundle->pre_key.length,
                                         library);
    }
    if (result == 0) {
        result = session_pre_key_bundle_create(
            &parsed, 0, PEER.device_id, bundle->pre_key_id, pre_key, bundle->signed_pre_key_id,
            signed_pre_key, bundle->signature.data, bundle->signature.length, identity);
    }
    if (result == 0) {
        session_builder_create(&builder, party->store, &PEER, library);
        session_builder_set_version(builder, party->version);
        result = session_builder_process_pre_key_bundle(builder, parsed);
        session_builder_free(builder);
    }
    SIGNAL_UNREF(parsed);
    SIGNAL_UNREF(pre_key);
    SIGNAL_UNREF(signed_pre_key);
    SIGNAL_UNREF(identity);
    return result;
}

static session_cipher *cipher_of(struct party *party) {
    session_cipher *cipher;
    session_cipher_create(&cipher, party->store, &PEER, library);
    session_cipher_set_version(cipher, party->version);
    return cipher;
}

int encrypt(struct party *party, struct bytes plaintext, ciphertext_message **message) {
    session_cipher *cipher = cipher_of(party);
    int result = session_cipher_encrypt(cipher, plaintext.data, plaintext.length, message);
    session_cipher_free(cipher);
    return result;
}

static int decrypt_key_exchange(struct party *party, session_cipher *cipher, struct bytes message,
                                signal_buffer **plaintext) {
    pre_key_signal_message *parsed = NULL;
    int result = party->version == OMEMO_2
                     ? pre_key_signal_message_deserialize_omemo(
                           &parsed, message.data, message.length, PEER.device_id, library)
                     : pre_key_signal_message_deserialize(&parsed, message.data, message.length,
                                                          library);
    if (result == 0) {
        result = session_cipher_decrypt_pre_key_signal_message(cipher, parsed, NULL, plaintext);
    }
    SIGNAL_UNREF(parsed);
    return result;
}

static int decrypt_message(struct party *party, session_cipher *cipher, struct bytes message,
                           signal_buffer **plaintext) {
    signal_message *parsed = NULL;
    int result =
        party->version == OMEMO_2
            ? signal_message_deserialize_omemo(&parsed, message.data, message.length, library)
            : signal_message_deserialize(&parsed, message.data, message.length, library);
    if (result == 0) {
        result = session_cipher_decrypt_signal_message(cipher, parsed, NULL, plaintext);
    }
    SIGNAL_UNREF(parsed);
    return result;
}

int decrypt(struct party *party, struct bytes message, int is_key_exchange,
            signal_buffer **plaintext) {
    session_cipher *cipher = cipher_of(party);
    int result = is_key_exchange ? decrypt_key_exchange(party, cipher, message, plaintext)
                                 : decrypt_message(party, cipher, message, plaintext);
    session_cipher_free(cipher);
    return result;
}
