package io.epona.client;

import io.epona.transport.AeronTransport;
import io.epona.transport.LaneConnector;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.NanoClock;

import java.util.List;
import java.util.function.IntSupplier;

/**
 * What a client does by itself: the Aeron conductor (and a private media driver), and the control sessions; and what
 * is driven with it on one thread. Run by the client's thread, or stepped by the caller.
 */
final class ClientAgent implements Agent
{
    /** Duty cycles in which the last message to the broker can leave a private media driver. */
    private static final int CLOSING_CYCLES = 50;

    /**
     * Session and Aeron conductor get a turn this often: in a caller's duty cycle each look at them would cost every
     * record time. The driver gets one in every cycle.
     */
    private static final long CONTROL_INTERVAL_NS = 20_000L;

    private final AeronTransport transport;
    private final ClientBrokers brokers;
    private final List<LaneConnector> connectors;
    private final IntSupplier companion;
    private final NanoClock clock;
    private final CachedNanoClock cycleClock;
    private final ErrorHandler errorHandler;
    private long controlNs;

    ClientAgent(
        final AeronTransport transport,
        final ClientBrokers brokers,
        final List<LaneConnector> connectors,
        final IntSupplier companion,
        final NanoClock clock,
        final CachedNanoClock cycleClock,
        final ErrorHandler errorHandler)
    {
        this.transport = transport;
        this.brokers = brokers;
        this.connectors = connectors;
        this.companion = companion;
        this.clock = clock;
        this.cycleClock = cycleClock;
        this.errorHandler = errorHandler;
        this.controlNs = clock.nanoTime();
        cycleClock.update(controlNs);
    }

    @Override
    public int doWork()
    {
        final long nowNs = clock.nanoTime();
        cycleClock.update(nowNs);
        int workCount = null == transport ? 0 : transport.invokeDriver();
        if (nowNs - controlNs >= 0)
        {
            controlNs = nowNs + CONTROL_INTERVAL_NS;
            workCount += brokers.poll(nowNs) + (null == transport ? 0 : transport.invokeClient(nowNs));
        }
        return null == companion ? workCount : workCount + companion.getAsInt();
    }

    @Override
    public void onClose()
    {
        brokers.close();
        if (null != transport)
        {
            for (int i = 0; i < CLOSING_CYCLES; i++)
            {
                transport.invokeDriver();
                transport.invokeClient(clock.nanoTime());
            }
        }
        CloseHelper.closeAll(errorHandler, connectors);
        CloseHelper.close(errorHandler, transport);
    }

    @Override
    public String roleName()
    {
        return "epona-client";
    }
}
