/* A device that speaks through libomemo-c, behind standard input and output. README.md has the
 * lines that it reads and writes. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libomemo.h"

enum { MAX_LINE = 1 << 16, MAX_WORDS = 9 };

static void print_hex(const uint8_t *data, size_t length) {
    for (size_t at = 0; at < length; at++) {
        printf("%02x", data[at]);
    }
}

static void print_buffer(signal_buffer *buffer) {
    print_hex(signal_buffer_data(buffer), signal_buffer_len(buffer));
    signal_buffer_free(buffer);
}

/* Decodes in place: two digits become the byte where the first half of them stood. */
static struct bytes from_hex(char *text) {
    size_t length = strlen(text) / 2;
    uint8_t *data = (uint8_t *)text;
    for (size_t at = 0; at < length; at++) {
        unsigned value = 0;
        sscanf(text + 2 * at, "%2x", &value);
        data[at] = (uint8_t)value;
    }
    return (struct bytes){data, length};
}

static void answer_new(struct party *party) {
    printf("OK ");
    print_buffer(published_identity(party));
    printf(" %u ", signed_pre_key_id());
    print_buffer(published_signed_pre_key(party));
    printf(" ");
    print_hex(published_signature(party), 64);
    printf(" ");
    for (uint32_t id = 1; id <= pre_key_count(party); id++) {
        printf("%s%u:", id > 1 ? "," : "", id);
        print_buffer(published_pre_key(party, id));
    }
    printf("\n");
}

static void answer_initiate(struct party *party, char **words) {
    struct their_bundle bundle = {
        .identity = from_hex(words[1]),
        .signed_pre_key_id = (uint32_t)strtoul(words[2], NULL, 10),
        .signed_pre_key = from_hex(words[3]),
        .signature = from_hex(words[4]),
        .pre_key_id = (uint32_t)strtoul(words[5], NULL, 10),
        .pre_key = from_hex(words[6]),
    };
    int result = initiate(party, &bundle);
    if (result == 0) {
        printf("OK\n");
    } else {
        printf("ERR %d\n", result);
    }
}

static void answer_encrypt(struct party *party, char *plaintext) {
    ciphertext_message *message = NULL;
    int result = encrypt(party, from_hex(plaintext), &message);
    if (result != 0) {
        printf("ERR %d\n", result);
        return;
    }
    int is_key_exchange = ciphertext_message_get_type(message) == CIPHERTEXT_PREKEY_TYPE;
    signal_buffer *bytes = ciphertext_message_get_serialized(message);
    printf("OK %s ", is_key_exchange ? "KEX" : "MSG");
    print_hex(signal_buffer_data(bytes), signal_buffer_len(bytes));
    printf("\n");
    SIGNAL_UNREF(message);
}

static void answer_decrypt(struct party *party, const char *kind, char *message) {
    signal_buffer *plaintext = NULL;
    int result = decrypt(party, from_hex(message), strcmp(kind, "KEX") == 0, &plaintext);
    if (result == SG_ERR_DUPLICATE_MESSAGE) {
        printf("DUPLICATE\n");
    } else if (result != 0) {
        printf("ERR %d\n", result);
    } else {
        printf("OK ");
        print_buffer(plaintext);
        printf("\n");
    }
}

int main(void) {
    static char line[MAX_LINE];
    struct party *party = NULL;
    start_library();
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[MAX_WORDS] = {NULL};
        int count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < MAX_WORDS;
             word = strtok(NULL, " \n")) {
            words[count++] = word;
        }
        if (count == 3 && strcmp(words[0], "new") == 0) {
            free_party(party);
            enum version version = strcmp(words[1], "2") == 0 ? OMEMO_2 : OMEMO_0_3;
            party = new_party(version, (unsigned)strtoul(words[2], NULL, 10));
            answer_new(party);
        } else if (party == NULL) {
            printf("ERR no party\n");
        } else if (count == 7 && strcmp(words[0], "initiate") == 0) {
            answer_initiate(party, words);
        } else if (count == 2 && strcmp(words[0], "encrypt") == 0) {
            answer_encrypt(party, words[1]);
        } else if (count == 3 && strcmp(words[0], "decrypt") == 0) {
            answer_decrypt(party, words[1], words[2]);
        } else {
            printf("ERR unknown line\n");
        }
        fflush(stdout);
    }
    free_party(party);
    return 0;
}
