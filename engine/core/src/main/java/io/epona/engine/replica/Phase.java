package io.epona.engine.replica;

/**
 * How far a leader or a follower has come. Immutable: any thread.
 */
public enum Phase
{
    /** Nothing to wait for: a leader serves, a follower copies. */
    RUNNING,
    /** A follower asks the leader whether its log matches. */
    SYNCING,
    /** The log is being cut, or begins anew: a follower waits for it. */
    TRUNCATING,
    /** The log is being cut since a former role: a leader or a new follower waits for it. */
    LOADING
}
