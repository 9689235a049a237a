//! XML streams as bytes in, bounded stanzas out; SASL and stream management
