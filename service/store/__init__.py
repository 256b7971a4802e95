"""The store: what was received, what stands, what is due, what must go out. One small module for each face of it.

    schema      the tables              inbox     forms as received, once each
    engine      how to connect          dossiers  dossiers, decisions, tasks, history, deadlines
    migrate     up to the newest        outbox    answers, until they are confirmed
    key_check   which key               parties   senders and mandates
                                        quarantine  what could not be handled

SQLite and PostgreSQL alike. Every statement takes a batch: one for each message would cost a factor of five.
"""
