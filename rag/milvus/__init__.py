"""A road past one machine: passages are found by Milvus, texts and citations stay with the library."""
