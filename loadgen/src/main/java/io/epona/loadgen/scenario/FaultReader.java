package io.epona.loadgen.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.scenario.Scenario.Fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the faults of a scenario.
 */
final class FaultReader
{
    private static final long RESTART_DEFAULT_NS = 5_000_000_000L;
    private static final double SHARE_DEFAULT = 0.02;
    private static final int MAX_TIMES = 10_000;

    private FaultReader()
    {
    }

    /**
     * @param root of the scenario.
     * @return its faults in the order of their times.
     */
    static List<Fault> read(final Section root)
    {
        final JsonNode list = root.raw("faults");
        if (null == list)
        {
            return List.of();
        }
        if (!list.isArray())
        {
            throw new ScenarioException(
                "faults is a list, such as [ {at: 20s, do: kill, target: leader, restart: 5s} ]");
        }

        final List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < list.size(); i++)
        {
            final Section entry = new Section("faults[" + i + "]", list.get(i));
            faults.add(fault(entry));
            entry.finish();
        }
        faults.sort(Comparator.comparingLong(Fault::atNs));

        return List.copyOf(faults);
    }

    private static Fault fault(final Section section)
    {
        final long atNs = section.durationNs("at", -1);
        final String action = section.oneOf("do", "", Fault.ACTIONS);
        final Fault fault = new Fault(
            atNs,
            action,
            section.text("target", Fault.LEADER),
            section.durationNs("restart", Fault.ZK_EXPIRE.equals(action) ? 0 : RESTART_DEFAULT_NS),
            section.durationNs("every", 0),
            section.integer("times", 1, 1, MAX_TIMES),
            section.decimal("share", Fault.UDP_LOSS.equals(action) ? SHARE_DEFAULT : 0, 0, 1));
        if (fault.atNs() < 0)
        {
            throw new ScenarioException(section.path("at") + ": say how long after the begin of the load, such as 20s");
        }
        if (fault.times() > 1 && fault.everyNs() <= fault.restartNs())
        {
            throw new ScenarioException(
                section.path("every") + ": what is done again has to have been started again: more than restart");
        }
        if (fault.share() > 0 && !Fault.UDP_LOSS.equals(action))
        {
            throw new ScenarioException(section.path("share") + ": only " + Fault.UDP_LOSS + " loses a share");
        }
        if (!Fault.LEADER.equals(fault.target()) && !fault.target().matches("[1-" + Scenario.CLUSTER_BROKERS + "]"))
        {
            throw new ScenarioException(
                section.path("target") + ": '" + fault.target() + "' is neither leader nor the id of a broker, 1 to " +
                Scenario.CLUSTER_BROKERS);
        }

        return fault;
    }
}
