package io.epona.loadgen.load;

import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.verify.Verification;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.ThreadFactory;

/**
 * Runs one load on one driver: the duty cycle of the generator's thread, which sends, works off acknowledgements,
 * drives what the composition puts on this thread, and polls the consumers unless they have their own.
 * <p>
 * {@link #run()} is called once, by the generator's thread. {@link #timeline()}, {@link #endLoad()}, {@link #stop()}
 * and {@link #consumerThread()} may be called by any thread.
 */
public final class Generator implements Runnable
{
    private static final int PUBLISH_INTERVAL_TURNS = 1 << 12;
    private static final long LEAD_IN_NS = 2_000_000L;

    private final NanoClock clock;
    private final Scenario scenario;
    private final LoadDriver driver;
    private final Progress progress;
    private final Latencies latencies;
    private final ThreadFactory threadFactory;
    private final IdleStrategy idle;
    private volatile Timeline timeline;
    private volatile boolean stopped;
    private volatile boolean loadEnded;
    private volatile ConsumerLoop consumerLoop;
    private volatile Thread consumerThread;
    private volatile LoadResult result;
    private volatile Throwable failure;
    private Sender sender;
    private Receiver receiver;
    private Marks marks;
    private int turns;

    /**
     * @param clock         monotonic, of all times of the run.
     * @param scenario      resolved.
     * @param driver        not yet open.
     * @param progress      to publish to.
     * @param latencies     to record to.
     * @param threadFactory of the consumers' thread.
     */
    public Generator(
        final NanoClock clock,
        final Scenario scenario,
        final LoadDriver driver,
        final Progress progress,
        final Latencies latencies,
        final ThreadFactory threadFactory)
    {
        this.clock = clock;
        this.scenario = scenario;
        this.driver = driver;
        this.progress = progress;
        this.latencies = latencies;
        this.threadFactory = threadFactory;
        this.idle = Idling.strategy(scenario.engine().idle());
    }

    @Override
    public void run()
    {
        try
        {
            try
            {
                setUp();
                loop();
                finish();
            }
            finally
            {
                closeAll();
            }
        }
        catch (final Exception | Error ex)
        {
            failure = ex;
        }
        finally
        {
            progress.set(Progress.PHASE, Progress.Phase.DONE.ordinal());
        }
    }

    private void setUp() throws InterruptedException
    {
        driver.open();
        if (driver.consumersHaveOwnThread())
        {
            final ConsumerLoop loop = new ConsumerLoop(
                () -> new Receiver(clock, scenario, progress, latencies, driver),
                clock,
                Idling.strategy(scenario.engine().idle()));
            consumerLoop = loop;
            consumerThread = threadFactory.newThread(loop);
            consumerThread.start();
            loop.awaitReady(this::idleOnce);
        }
        else
        {
            receiver = new Receiver(clock, scenario, progress, latencies, driver);
        }
        sender = new Sender(clock, scenario, progress, latencies, driver);

        final long t0Ns = clock.nanoTime() + LEAD_IN_NS;
        final long measureNs = t0Ns + scenario.phases().warmupNs();
        final long endNs = measureNs + scenario.phases().measureNs();
        final Timeline line = new Timeline(t0Ns, measureNs, endNs, endNs + scenario.phases().drainNs());
        marks = new Marks(line);
        sender.start(line);
        if (null != receiver)
        {
            receiver.start(line);
        }
        else
        {
            consumerLoop.start(line);
        }
        progress.set(Progress.PHASE, Progress.Phase.WARMUP.ordinal());
        timeline = line;
        driver.start(t0Ns);
    }

    private void idleOnce()
    {
        idle.idle(driver.invoke());
    }

    private void loop()
    {
        Timeline line = timeline;
        while (!stopped)
        {
            final long nowNs = clock.nanoTime();
            if (loadEnded && nowNs - line.measureEndNs() < 0)
            {
                line = new Timeline(
                    line.t0Ns(), line.measureStartNs(), nowNs, nowNs + scenario.phases().drainNs());
                timeline = line;
                end(line);
            }
            marks.onTurn(nowNs, sender.ledger().accepted(), sender.ledger().acked());
            final boolean sending = nowNs - line.measureEndNs() < 0;
            int work = 0;
            if (sending)
            {
                if (nowNs - line.t0Ns() >= 0)
                {
                    work += sender.send(nowNs);
                }
            }
            else
            {
                if (isDrained() || nowNs - line.drainEndNs() >= 0)
                {
                    if (null != receiver)
                    {
                        receiver.mark(nowNs);
                    }
                    break;
                }
                work += sender.sendRest(nowNs);
                work += sender.flush();
            }

            work += sender.poll();
            work += driver.invoke();
            if (null != receiver)
            {
                work += receiver.poll(nowNs);
            }
            afterTurn(nowNs, sending, work);
        }
    }

    private void end(final Timeline line)
    {
        sender.end(line);
        marks.end(line);
        if (null != receiver)
        {
            receiver.end(line);
        }
        else
        {
            consumerLoop.end(line);
        }
    }

    private void afterTurn(final long nowNs, final boolean sending, final int work)
    {
        turns++;
        if (work > 0 || (turns & (PUBLISH_INTERVAL_TURNS - 1)) == 0)
        {
            sender.publish(nowNs);
        }
        if ((turns & (PUBLISH_INTERVAL_TURNS - 1)) == 0)
        {
            if (null != receiver)
            {
                receiver.publishMissing();
            }
            if (null != consumerLoop && null != consumerLoop.failure())
            {
                throw new DriverException("a consumer failed: " + consumerLoop.failure(), consumerLoop.failure());
            }
        }
        progress.set(Progress.PHASE, sending ?
            Progress.Phase.WARMUP.ordinal() + timeline.window(nowNs) : Progress.Phase.DRAIN.ordinal());
        idle.idle(work);
    }

    private boolean isDrained()
    {
        final long outstanding = sender.ledger().accepted() - sender.ledger().refused() -
            progress.get(Progress.DELIVERED);
        return outstanding <= 0 && sender.isSettled() && !sender.isBehind();
    }

    private void finish() throws InterruptedException
    {
        if (null != consumerLoop)
        {
            consumerLoop.stop();
            consumerThread.join();
            if (null != consumerLoop.failure())
            {
                throw new DriverException("a consumer failed: " + consumerLoop.failure(), consumerLoop.failure());
            }
        }
        final Receiver receiving = null != receiver ? receiver : consumerLoop.receiver();
        receiving.publish();
        receiving.publishMissing();
        sender.publish(timeline.measureEndNs());

        final boolean open = Mode.OPEN == scenario.load().mode();
        final double accepted = marks.firstRate();
        result = new LoadResult(
            timeline,
            open ? scenario.load().rate() : accepted,
            accepted,
            marks.secondRate(),
            receiving.marks().firstRate(),
            receiving.marks().secondRate(),
            marks.windowNs(),
            receiving.marks().windowNs(),
            sender.scheduled(timeline.measureEndNs()),
            sender.ledger().accepted(),
            sender.ledger().acked(),
            receiving.delivered(),
            progress.get(Progress.BACK_PRESSURED),
            Verification.of(
                sender.ledger(),
                receiving.checker(),
                scenario.topology().producers(),
                scenario.topology().totalPartitions()));
    }

    private void closeAll() throws InterruptedException
    {
        if (null != consumerLoop)
        {
            consumerLoop.stop();
            consumerThread.join();
        }
        try
        {
            if (null != sender)
            {
                sender.close();
            }
            if (null != receiver)
            {
                receiver.close();
            }
        }
        finally
        {
            driver.close();
        }
    }

    /**
     * Send nothing any more, wait for what is on its way, and end: what was sent so far counts.
     */
    public void endLoad()
    {
        loadEnded = true;
    }

    /**
     * End early; what was measured so far is dropped.
     */
    public void stop()
    {
        stopped = true;
    }

    /**
     * @return whether it was told to end early.
     */
    public boolean isStopped()
    {
        return stopped;
    }

    /**
     * @return whether the load was told to end early.
     */
    public boolean isLoadEnded()
    {
        return loadEnded;
    }

    /**
     * @return the plan of the run, or null while it is being set up.
     */
    public Timeline timeline()
    {
        return timeline;
    }

    /**
     * @return the thread that polls the consumers, or null where the generator does.
     */
    public Thread consumerThread()
    {
        return consumerThread;
    }

    /**
     * @return the outcome, or null before the end or after a failure.
     */
    public LoadResult result()
    {
        return result;
    }

    /**
     * @return what ended the run, or null.
     */
    public Throwable failure()
    {
        return failure;
    }
}
