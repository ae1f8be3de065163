package io.epona.engine.cluster;

import java.util.List;

/**
 * A tree of small versioned nodes that changes by compare-and-set: the place where a cluster agrees on its topics,
 * leaders and members. Shaped so that ZooKeeper, a file and a simulator can each stand behind it.
 * <p>
 * Paths are absolute, {@code /a/b}, without the cluster's name. A node has a value and a version, 0 at creation and
 * one more at each set. A parent must exist before its child is created and must be childless to be deleted. A node is
 * persistent, or lives as long as the session that created it (ephemeral, childless).
 * <p>
 * <b>Threads.</b> One thread owns an instance and makes every call. Calls never block and never call back at once:
 * completions and events are delivered by {@link #poll()}, in the order of the calls where these concern one session.
 * <p>
 * <b>Outcomes.</b> {@link Status#OUTCOME_UNKNOWN} means that a change may or may not have been made. It is resolved by
 * issuing the same change with the same expected version again, never by a read alone: the first attempt may still be
 * on its way. Watch events are hints: they may come late, be merged or be missed over a new session, so the reader
 * takes the node only when its version is newer than the one it knows.
 */
public interface Coordination extends AutoCloseable
{
    /** Expected version that accepts every version. */
    int ANY_VERSION = -1;

    /**
     * How an operation ended.
     */
    enum Status
    {
        /** It was done. */
        OK,
        /** The node, or the parent of a node to create, does not exist. */
        NO_NODE,
        /** The node to create exists. */
        NODE_EXISTS,
        /** The node has another version than expected. */
        BAD_VERSION,
        /** The node to delete has children. */
        NOT_EMPTY,
        /** The connection or the storage failed: whether the change was made is not known. */
        OUTCOME_UNKNOWN,
        /** The connection or the storage refused: the change was not made. */
        FAILED,
        /** The session is over: the change was not made, and no call will succeed before a new session. */
        SESSION_EXPIRED
    }

    /**
     * Receives a node.
     */
    @FunctionalInterface
    interface NodeHandler
    {
        /**
         * @param status         OK, NO_NODE, FAILED, OUTCOME_UNKNOWN or SESSION_EXPIRED; what follows counts for OK
         *                       alone.
         * @param value          of the node; not to be changed.
         * @param version        of the node.
         * @param ephemeralOwner session that the node lives with, or 0 for a persistent one.
         */
        void onNode(Status status, byte[] value, int version, long ephemeralOwner);
    }

    /**
     * Receives the children of a node.
     */
    @FunctionalInterface
    interface ChildrenHandler
    {
        /**
         * @param status   OK, NO_NODE, FAILED, OUTCOME_UNKNOWN or SESSION_EXPIRED.
         * @param children names (not paths) in ascending order; empty unless OK.
         */
        void onChildren(Status status, List<String> children);
    }

    /**
     * Receives the outcome of a change.
     */
    @FunctionalInterface
    interface ChangeHandler
    {
        /**
         * @param status      OK, or why nothing was changed (or may have been).
         * @param failedIndex place in the list of the first operation that refused, or -1.
         * @param versions    version of the node of each operation after it (0 after create, -1 after delete); empty
         *                    unless OK.
         */
        void onChange(Status status, int failedIndex, int[] versions);
    }

    /**
     * Hears that something under a watched path changed, or may have.
     */
    @FunctionalInterface
    interface WatchListener
    {
        /**
         * A hint. One that names a node below the watched path says that this node was created, set or deleted. One
         * that names the watched path itself says that, or that anything below it may have changed: changes were too
         * many, or the connection was interrupted, to tell them one by one. So read everything below it again.
         *
         * @param path of the node, the watched one or below it.
         */
        void onChanged(String path);
    }

    /**
     * Hears of the session.
     */
    interface SessionListener
    {
        /**
         * A session holds. With an id other than before, the ephemeral nodes of the former one are gone or will go:
         * register again and read everything again.
         *
         * @param sessionId of the session, never 0.
         */
        void onConnected(long sessionId);

        /**
         * The connection is interrupted; the session may still live. Changes under way stay undecided.
         */
        void onSuspended();

        /**
         * The session is over.
         */
        void onExpired();
    }

    /**
     * Read a node.
     *
     * @param path    of the node.
     * @param handler for the answer.
     */
    void read(String path, NodeHandler handler);

    /**
     * List the children of a node.
     *
     * @param path    of the node.
     * @param handler for the answer.
     */
    void children(String path, ChildrenHandler handler);

    /**
     * Make several changes and checks as one: all, or none.
     *
     * @param operations in order; not changed afterwards.
     * @param handler    for the outcome.
     */
    void multi(List<Operation> operations, ChangeHandler handler);

    /**
     * Create a persistent node.
     *
     * @param path    of the node.
     * @param value   of the node.
     * @param handler for the outcome.
     */
    default void create(final String path, final byte[] value, final ChangeHandler handler)
    {
        multi(List.of(Operation.create(path, value)), handler);
    }

    /**
     * Replace the value of a node.
     *
     * @param path            of the node.
     * @param value           to set.
     * @param expectedVersion that the node must have, or {@link #ANY_VERSION}.
     * @param handler         for the outcome.
     */
    default void set(
        final String path, final byte[] value, final int expectedVersion, final ChangeHandler handler)
    {
        multi(List.of(Operation.set(path, value, expectedVersion)), handler);
    }

    /**
     * Delete a node.
     *
     * @param path            of the node.
     * @param expectedVersion that the node must have, or {@link #ANY_VERSION}.
     * @param handler         for the outcome.
     */
    default void delete(final String path, final int expectedVersion, final ChangeHandler handler)
    {
        multi(List.of(Operation.delete(path, expectedVersion)), handler);
    }

    /**
     * Hear of changes of a node and of everything below it, from now on and over all sessions.
     *
     * @param path     of the node, which need not exist.
     * @param listener for the hints.
     */
    void watch(String path, WatchListener listener);

    /**
     * Hear of the session. At once where one holds already: with the next {@link #poll()}.
     *
     * @param listener for the events.
     */
    void sessionListener(SessionListener listener);

    /**
     * @return id of the session that holds, or 0 where none does.
     */
    long sessionId();

    /**
     * Make progress: deliver completions and events.
     *
     * @return number of things done, 0 for none.
     */
    int poll();

    /**
     * End the session. What is under way gets no completion, nor does a call made later; {@link #poll()} delivers
     * nothing any more. Idempotent.
     */
    @Override
    void close();
}
