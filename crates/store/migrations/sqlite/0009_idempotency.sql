-- What was done under an Idempotency-Key, and what was answered.

create table idempotency (
    -- Digest of the caller and the key.
    id text not null,
    -- Digest of the request: the same key must come with the same request.
    request text not null,
    -- Which of several requests with this key it was that was carried out.
    attempt text not null,
    created_at integer not null,
    -- Encrypted. None: what was asked for was done, and the answer is not known (yet).
    answer blob,
    constraint idempotency_pkey primary key (id)
) strict, without rowid;

create index idempotency_created on idempotency (created_at);
