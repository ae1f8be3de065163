package io.epona.engine.node;

import io.epona.engine.EngineException;
import org.agrona.ErrorHandler;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Where a broker stands: what its three threads, and whoever looks from outside, share without a message.
 * <p>
 * <b>Threads.</b> Any may read, fail and ask for the stop. The phase is moved on by the conductor alone, and by any
 * thread to FAILED; a compare-and-set decides where both come together, so that FAILED is never left. The rest is
 * volatile, with the conductor as its only writer, but for the wish to stop, which is only ever set. No reader draws a
 * conclusion from two of them together.
 */
final class NodeStatus
{
    private final ErrorHandler errorHandler;
    private final AtomicReference<NodePhase> phase = new AtomicReference<>(NodePhase.CONNECTING);
    private volatile boolean isStopWanted;
    private volatile boolean isComplete;
    private volatile int brokerEpoch = -1;
    private volatile NodeMetadata metadata = NodeMetadata.NONE;

    NodeStatus(final ErrorHandler errorHandler)
    {
        this.errorHandler = errorHandler;
    }

    NodePhase phase()
    {
        return phase.get();
    }

    /** The conductor alone: the phase is the next one, unless the broker failed. */
    void moveTo(final NodePhase next)
    {
        final NodePhase current = phase.get();
        if (NodePhase.FAILED != current)
        {
            // Lost only to a failure, which nothing follows.
            phase.compareAndSet(current, next);
        }
    }

    /**
     * The broker must not go on. The first reason is told.
     *
     * @param reason with the remedy.
     */
    void fail(final EngineException reason)
    {
        NodePhase current = phase.get();
        while (!isOver(current))
        {
            if (phase.compareAndSet(current, NodePhase.FAILED))
            {
                errorHandler.onError(reason);
                return;
            }
            current = phase.get();
        }
    }

    private static boolean isOver(final NodePhase phase)
    {
        return NodePhase.STOPPED == phase || NodePhase.FAILED == phase;
    }

    /** Whether nothing is to be done any more. */
    boolean isOver()
    {
        return isOver(phase.get());
    }

    /** Whether a life is, or is about to be, registered. */
    boolean isMember()
    {
        final NodePhase current = phase.get();
        return NodePhase.REGISTERING == current || isActive(current);
    }

    /** Whether clients are served. */
    boolean isActive()
    {
        return isActive(phase.get());
    }

    private static boolean isActive(final NodePhase phase)
    {
        return NodePhase.RUNNING == phase || NodePhase.STOPPING == phase;
    }

    boolean isStopWanted()
    {
        return isStopWanted;
    }

    void wantStop()
    {
        isStopWanted = true;
    }

    /** Whether the whole cluster was read at least once. */
    boolean isComplete()
    {
        return isComplete;
    }

    void complete()
    {
        isComplete = true;
    }

    /** Life that was registered last, -1 before there was one. */
    int brokerEpoch()
    {
        return brokerEpoch;
    }

    void brokerEpoch(final int epoch)
    {
        brokerEpoch = epoch;
    }

    /** What is known of the cluster. */
    NodeMetadata metadata()
    {
        return metadata;
    }

    void metadata(final NodeMetadata known)
    {
        metadata = known;
    }
}
