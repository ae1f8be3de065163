package io.epona.simulator.workload;

/**
 * What can happen to a cluster from outside. The words behind each say what a, b and n of an {@link Input} are; what is
 * not named is not used. Inputs that make no sense at their time (a kill of a process that is not running) do nothing,
 * so that any part of a list is a list. Immutable: any thread.
 */
public enum InputKind
{
    /** Producer a sends n records to partition b, counted over all topics. */
    PRODUCE(false),
    /** Topic a is created. */
    CREATE(false),
    /** Topic a is deleted: with n 0 the controller is asked, with n 1 a request is left in the tree, with n 2 the
     * controller is asked while its node is deleted by hand, with n 3 what is left of it is deleted by hand too. */
    DELETE(false),
    /** Broker a is told to stop in order. */
    STOP(false),
    /** The process of broker a is started. */
    START(false),
    /** The process of broker a is killed, at an operation of its disk at most n away. */
    KILL(true),
    /** The host of broker a loses its power, its memory, and parts of what was not synced. */
    POWER(true),
    /** The disk of broker a, whose process does not run, is replaced by an empty one. */
    WIPE(true),
    /** The next sync of a log of broker a fails. */
    SYNC_ERROR(true),
    /** The disk of broker a is full for n ms. */
    DISK_FULL(true),
    /** The process of broker a stands still for n ms. */
    PAUSE(true),
    /** Nothing passes between brokers a and b for n ms. */
    CUT(true),
    /** Nothing passes from broker a to broker b for n ms. */
    CUT_ONE_WAY(true),
    /** Nothing passes between broker a and the other brokers for n ms. */
    ISOLATE(true),
    /** Broker a does not reach the coordination for n ms. */
    CUT_COORDINATION(true),
    /** The connection of broker a to the coordination breaks: what was under way is applied, or late, or never. */
    DROP_COORDINATION(true),
    /** The coordination takes its time for n ms. */
    SLOW_COORDINATION(true),
    /** Nobody reaches the coordination for n ms. */
    OUTAGE(true),
    /** Client a does not reach broker b for n ms. */
    CUT_CLIENT(true),
    /** The next change that broker a asks of the coordination loses its connection: n modulo 3 is 0 not made, 1 made, 2
     * made late. */
    LOSE_CHANGE(true),
    /** The coordination ends the session of broker a. */
    EXPIRE(true),
    /** An operator asks for partition a, counted over all topics, to move to n brokers from b on. */
    REASSIGN(false),
    /** An operator asks for the first replica of partition a, counted over all topics, to lead. */
    PREFER(false),
    /** An operator asks for broker b to lead partition a, counted over all topics, whatever it lacks. */
    ELECT_UNCLEAN(false),
    /** An operator sets the least number of in-sync replicas of topic a to n. */
    MIN_ISR(false),
    /** An operator asks for what cannot be done, {@link WrongRequest} number n, of partition a, over all topics,
     * or of broker b. */
    WRONG(false),
    /** An operator deletes the node of the controller under its session. */
    DROP_CONTROLLER(true),
    /** A process on another directory takes the id of broker a, and ends, after b ms. With n 0 only where the id is not
     * in use, else an operator deletes the registration before. */
    USURP(true),
    /** The housekeeper of broker a waits for its disk for n ms, while everything else goes on. */
    STALL(true),
    /** Messages that make no sense, about partition n, over all topics, arrive at broker a as if from broker b. */
    NONSENSE(true),
    /** A bit of the next batches from broker a to broker b changes on the way. */
    GARBLE(true),
    /** A bit of the logs on the disk of broker a turns over. */
    ROT(true),
    /** Consumer a goes on at the latest of partition b, counted over all topics. */
    SEEK(false),
    /** What broker a sends to broker b is held up for n ms; half-way its streams come to the end of their positions, so
     * that the next ones begin beside what is held up. */
    RENEW(true),
    /** As LOSE_CHANGE, of the next change by which broker a makes or deletes the name of a topic. */
    LOSE_NAMING(true);

    private final boolean isFault;

    InputKind(final boolean isFault)
    {
        this.isFault = isFault;
    }

    /**
     * @return whether it is something that goes wrong.
     */
    public boolean isFault()
    {
        return isFault;
    }
}
