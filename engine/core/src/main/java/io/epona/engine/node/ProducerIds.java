package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.Paths;
import org.agrona.ErrorHandler;

import java.util.ArrayDeque;

/**
 * Gives out producer ids that nobody else gives out: takes blocks of them from a counter by compare-and-set. What is
 * left of a block when the broker ends, and a block whose outcome stayed unknown, are never given out.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class ProducerIds
{
    /** Ids that are taken at once. */
    static final int BLOCK_LENGTH = 1000;
    /** Requests that wait at most; more are refused. */
    private static final int WAITING_MAX = 10_000;

    private final Coordination coordination;
    private final ErrorHandler errorHandler;
    private final ArrayDeque<ProducerIdHandler> waiting = new ArrayDeque<>();
    private long next;
    private long end;
    private boolean isAsking;

    ProducerIds(final Coordination coordination, final ErrorHandler errorHandler)
    {
        this.coordination = coordination;
        this.errorHandler = errorHandler;
    }

    /**
     * Take an id.
     *
     * @param handler for the id, in a later cycle.
     */
    void allocate(final ProducerIdHandler handler)
    {
        if (waiting.size() >= WAITING_MAX)
        {
            handler.onProducerId(ResultCode.LIMIT_REACHED.code());
        }
        else
        {
            waiting.add(handler);
        }
    }

    /**
     * Answer what can be answered, and take a block where ids are missing.
     *
     * @param isConnected whether a session holds that is not suspended.
     * @return amount of work done.
     */
    int doWork(final boolean isConnected)
    {
        int workCount = 0;
        while (next < end && !waiting.isEmpty())
        {
            waiting.poll().onProducerId(next++);
            workCount++;
        }
        if (!waiting.isEmpty() && !isAsking && isConnected)
        {
            isAsking = true;
            coordination.read(Paths.PRODUCER_ID_COUNTER, this::onCounter);
            workCount++;
        }

        return workCount;
    }

    private void onCounter(final Status status, final byte[] value, final int version, final long owner)
    {
        if (Status.NO_NODE == status)
        {
            coordination.create(
                Paths.PRODUCER_ID_COUNTER, NodeValues.encodeCounter(0), (answer, index, versions) -> isAsking = false);
            return;
        }
        if (Status.OK != status)
        {
            isAsking = false;
            return;
        }

        try
        {
            take(NodeValues.decodeCounter(Paths.PRODUCER_ID_COUNTER, value), version);
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            isAsking = false;
            errorHandler.onError(ex);
            refuse();
        }
    }

    private void take(final long first, final int version)
    {
        coordination.set(
            Paths.PRODUCER_ID_COUNTER,
            NodeValues.encodeCounter(first + BLOCK_LENGTH),
            version,
            (status, failedIndex, versions) ->
            {
                isAsking = false;
                if (Status.OK == status)
                {
                    next = first;
                    end = first + BLOCK_LENGTH;
                }
                // Else the counter is read again. A block that was taken all the same is lost, which does no harm.
            });
    }

    private void refuse()
    {
        while (!waiting.isEmpty())
        {
            waiting.poll().onProducerId(ResultCode.INTERNAL.code());
        }
    }
}
