package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws when brokers hear what makes no sense. Used by one thread.
 */
final class NonsenseSchedule
{
    private static final long BEGIN_MS = 3_000;

    private NonsenseSchedule()
    {
    }

    /**
     * @param scenario shape of the run.
     * @return the inputs, in no order.
     */
    static List<Input> of(final Scenario scenario)
    {
        final Site site = new World(scenario.seed()).site("nonsense", "messages");
        final List<Input> inputs = new ArrayList<>();
        for (int i = site.chance(0.2) ? site.between(5, 40) : 0; i > 0; i--)
        {
            inputs.add(new Input(
                site.between(BEGIN_MS, scenario.durationMs() - 1_000L), InputKind.NONSENSE,
                site.between(1, scenario.brokers()), site.between(1, scenario.brokers()),
                site.nextInt(scenario.topics() * scenario.partitions())));
        }

        return inputs;
    }
}
