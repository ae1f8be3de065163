package io.epona.engine.replica;

/**
 * What a replica does at the moment. {@link Replica} lists the transitions. Immutable: any thread.
 */
public enum Role
{
    /** It leads: appends, serves, decides what is committed. */
    LEADER,
    /** It copies the log of the leader. */
    FOLLOWER,
    /** The state names this broker in a former life, or the leadership was given up: wait for an election. */
    WAITING,
    /** There is no leader, or no place for this replica: keep the log as it is. */
    IDLE,
    /** An invariant or the storage of this replica failed: nothing is done until the broker is restarted. */
    FAULTED
}
