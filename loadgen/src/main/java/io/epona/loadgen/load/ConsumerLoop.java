package io.epona.loadgen.load;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.function.Supplier;

/**
 * The duty cycle of a thread of the consumers' own: makes them, polls them, closes them.
 */
final class ConsumerLoop implements Runnable
{
    private static final int PUBLISH_INTERVAL_TURNS = 1 << 12;

    private final Supplier<Receiver> receivers;
    private final NanoClock clock;
    private final IdleStrategy idle;
    private volatile Receiver receiver;
    private volatile boolean started;
    private volatile Timeline ending;
    private volatile boolean stopped;
    private volatile Throwable failure;

    ConsumerLoop(final Supplier<Receiver> receivers, final NanoClock clock, final IdleStrategy idle)
    {
        this.receivers = receivers;
        this.clock = clock;
        this.idle = idle;
    }

    @Override
    public void run()
    {
        try
        {
            final Receiver mine = receivers.get();
            receiver = mine;
            try
            {
                while (!started && !stopped)
                {
                    Thread.yield();
                }
                if (started)
                {
                    poll(mine);
                    mine.mark(clock.nanoTime());
                }
            }
            finally
            {
                mine.close();
            }
        }
        catch (final Exception | Error ex)
        {
            failure = ex;
        }
    }

    private void poll(final Receiver mine)
    {
        int turns = 0;
        Timeline ended = null;
        while (!stopped)
        {
            final Timeline line = ending;
            if (line != ended)
            {
                ended = line;
                mine.end(line);
            }
            final int work = mine.poll(clock.nanoTime());
            if ((++turns & (PUBLISH_INTERVAL_TURNS - 1)) == 0)
            {
                mine.publishMissing();
            }
            idle.idle(work);
        }
    }

    /**
     * Wait until the consumers are subscribed. Called by the generator's thread.
     *
     * @param turn what to do while waiting: the system under test may have to be driven.
     */
    void awaitReady(final Runnable turn)
    {
        while (null == receiver && null == failure)
        {
            turn.run();
        }
        if (null != failure)
        {
            throw new IllegalStateException("a consumer could not be set up: " + failure, failure);
        }
    }

    void start(final Timeline timeline)
    {
        receiver.start(timeline);
        // Publishes the timeline that was handed to the receiver: pairs with the loop in run().
        started = true;
    }

    /**
     * The load ends sooner than was said. Called by the generator's thread.
     *
     * @param timeline in place of the one before.
     */
    void end(final Timeline timeline)
    {
        ending = timeline;
    }

    void stop()
    {
        stopped = true;
    }

    Receiver receiver()
    {
        return receiver;
    }

    Throwable failure()
    {
        return failure;
    }
}
