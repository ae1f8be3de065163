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
    /** Topic a is deleted. */
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
    EXPIRE(true);

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
