package io.epona.engine.node;

import java.util.concurrent.TimeUnit;

/**
 * The way of a broker to a controlled stop, once that is wanted: tell the others, wait until no partition waits
 * for it that could go on with another, or the time is over, let the shard go, and the housekeeper put everything on
 * disk. A broker that is no member yet tells nobody, and one that has touched no file leaves them alone.
 * <p>
 * It is out of the isr of what others lead, too, before it lets go. What is appended there would wait for it else until
 * the controller drops it, and where it is the controller itself, until everything is on disk and its session over.
 * <p>
 * Owned by the conductor's thread.
 */
final class NodeStop
{
    /** Time without a connection after which a broker that stops waits for the others no longer. */
    private static final long CUT_OFF_NS = TimeUnit.SECONDS.toNanos(3);

    private final NodeContext ctx;
    private final NodeStatus status;
    private final ShardCrossing shard;
    private boolean isBegun;
    private boolean isClosing;
    private long deadlineNs;
    private long heardNs = Long.MIN_VALUE;

    NodeStop(final NodeContext ctx, final NodeStatus status, final ShardCrossing shard)
    {
        this.ctx = ctx;
        this.status = status;
        this.shard = shard;
    }

    /**
     * @return whether everything is being closed: nothing else is to be begun.
     */
    boolean isClosing()
    {
        return isClosing;
    }

    /**
     * @param nowNs     epoch ns.
     * @param conductor of the broker, null until the logs are recovered.
     * @return amount of work done.
     */
    int doWork(final long nowNs, final NodeConductor conductor)
    {
        if (!status.isStopWanted() || isClosing)
        {
            return 0;
        }

        switch (status.phase())
        {
            case CONNECTING ->
            {
                ctx.coordination().close();
                status.moveTo(NodePhase.STOPPED);
                return 1;
            }
            case REGISTERING ->
            {
                return begin(nowNs) + close(nowNs, conductor, false);
            }
            case RUNNING ->
            {
                begin(nowNs);
                status.moveTo(NodePhase.STOPPING);
                conductor.stop();
                return 1;
            }
            case STOPPING ->
            {
                return close(nowNs, conductor, conductor.isReleased() || isCutOff(nowNs, conductor));
            }
            default ->
            {
                // Recovery is waited for.
                return 0;
            }
        }
    }

    private int begin(final long nowNs)
    {
        if (isBegun)
        {
            return 0;
        }

        isBegun = true;
        deadlineNs = nowNs + ctx.stopTimeoutNs();

        return 1;
    }

    /** Nobody hears that this broker stops: the others take over when they see that its session is over. */
    private boolean isCutOff(final long nowNs, final NodeConductor conductor)
    {
        heardNs = conductor.isConnected() ? nowNs : Math.max(heardNs, deadlineNs - ctx.stopTimeoutNs());

        return nowNs - heardNs > CUT_OFF_NS;
    }

    private int close(final long nowNs, final NodeConductor conductor, final boolean isReleased)
    {
        if (!isReleased && nowNs < deadlineNs)
        {
            return 0;
        }

        isClosing = true;
        shard.close(conductor.brokerEpoch());

        return 1;
    }
}
