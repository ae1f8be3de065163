package io.epona.loadgen.load;

import io.epona.loadgen.driver.NullDriver;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Arrival;
import io.epona.loadgen.scenario.Scenario.BrokerPlace;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.DriverSpec;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Load;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.Scenario.Phases;
import org.agrona.concurrent.NanoClock;

import java.util.List;

/**
 * What the generator could reach with nothing behind it: the same messages, checks and histograms on the null driver,
 * in the same process, after the run so that the run's own code was compiled for the run.
 */
public final class Calibration
{
    private static final int WINDOW = 256;

    private Calibration()
    {
    }

    /**
     * Run on the calling thread for twice the given time.
     *
     * @param clock    monotonic.
     * @param scenario that was run.
     * @param ns       length of warm-up and of window.
     * @param split    whether sender and receiver had a thread each.
     * @return messages per second, 0 where nothing could be measured.
     */
    public static double ceiling(final NanoClock clock, final Scenario scenario, final long ns, final boolean split)
    {
        final NullDriver driver = new NullDriver(
            scenario.message().maxLength(),
            scenario.topology().producers(),
            scenario.topology().totalPartitions());
        final long beginNs = clock.nanoTime();
        final Generator generator = new Generator(
            clock, onNull(scenario, ns), driver, new Progress(), new Latencies(), Thread::new);
        generator.run();
        final LoadResult result = generator.result();
        if (null == result)
        {
            return 0;
        }

        final double consuming = (double)driver.consumeNs() / (clock.nanoTime() - beginNs);
        return result.deliveredRate() / (split ? Math.max(consuming, 1 - consuming) : 1);
    }

    private static Scenario onNull(final Scenario scenario, final long ns)
    {
        final boolean flood = Mode.FLOOD == scenario.load().mode();
        final EngineSpec engine = scenario.engine();
        return new Scenario(
            scenario.name(),
            scenario.seed(),
            new DriverSpec("null", "ipc"),
            new EngineSpec(
                engine.profile(),
                engine.acks(),
                Composition.ONE_THREAD,
                BrokerPlace.IN_PROCESS,
                engine.idle(),
                0,
                -1,
                0,
                0,
                engine.topic(),
                1),
            scenario.topology(),
            scenario.message(),
            new Load(
                flood ? Mode.FLOOD : Mode.CLOSED, 0, Arrival.EVEN, 1, WINDOW, scenario.load().backlog(),
                scenario.load().burst()),
            new Phases(ns, ns, ns),
            scenario.verify(),
            scenario.slo(),
            scenario.limits(),
            List.of());
    }
}
