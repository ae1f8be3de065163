package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Draws the inputs of a run from its seed. Each seed uses a subset of the faults at rates of its own (swarm testing,
 * Groce and others, 2012): a run that does everything at once seldom gets far enough to show anything. In between stand
 * templates, sequences that are known to break protocols of this kind.
 * <p>
 * Used by one thread.
 */
public final class FaultSchedule
{
    private static final String COMPONENT = "schedule";
    /** Until then the cluster is left alone, and producers send faster, so that each run has something to lose. */
    private static final int BEGIN_MS = 3_000;
    private static final int PRODUCE_MEAN_MS = 45;
    private static final int PRODUCE_FIRST_MS = 15;
    private static final int DOWN_MEAN_MS = 2_500;
    private static final int FAULTS_MIN = 3;
    private static final int CUT_MEAN_MS = 2_000;

    private final Scenario scenario;
    private final World dice;
    private final List<Input> inputs = new ArrayList<>();

    private FaultSchedule(final Scenario scenario)
    {
        this.scenario = scenario;
        this.dice = new World(scenario.seed());
    }

    /**
     * @param scenario  shape of the run.
     * @param isFaulty  false for a run in which nothing goes wrong.
     * @return the inputs, by time.
     */
    public static List<Input> of(final Scenario scenario, final boolean isFaulty)
    {
        final FaultSchedule schedule = new FaultSchedule(scenario);
        schedule.workload(isFaulty);
        if (isFaulty)
        {
            if (!HardSequences.isAlone(scenario))
            {
                schedule.swarm();
                schedule.templates();
                schedule.inputs.addAll(OperatorSchedule.of(scenario));
                schedule.inputs.addAll(NonsenseSchedule.of(scenario));
            }
            schedule.inputs.addAll(HardSequences.of(scenario, schedule.inputs));
            schedule.least();
        }
        Collections.sort(schedule.inputs);

        return schedule.inputs;
    }

    private void workload(final boolean isFaulty)
    {
        for (int topic = 0; topic < scenario.topics(); topic++)
        {
            add(500 + 50L * topic, InputKind.CREATE, topic, 0, 0);
        }
        final int partitions = scenario.topics() * scenario.partitions();
        for (int producer = 0; producer < scenario.producers(); producer++)
        {
            final Site site = dice.site(COMPONENT, "produce." + producer);
            long timeMs = 1_000;
            while (timeMs < scenario.durationMs())
            {
                add(timeMs, InputKind.PRODUCE, producer, site.nextInt(partitions), site.between(1, 5));
                timeMs += 1 + site.exponential(timeMs < BEGIN_MS ? PRODUCE_FIRST_MS : PRODUCE_MEAN_MS);
            }
        }
        for (int consumer = 0; consumer < scenario.consumers(); consumer++)
        {
            final Site site = dice.site(COMPONENT, "seek." + consumer);
            for (int i = scenario.isFromLatest(consumer) ? site.between(5, 30) : 0; i > 0; i--)
            {
                add(time(site), InputKind.SEEK, consumer, site.nextInt(partitions), 0);
            }
        }
        final Site site = dice.site(COMPONENT, "topics");
        if (isFaulty && site.chance(0.3))
        {
            final int topic = site.nextInt(scenario.topics());
            final long timeMs = time(site);
            add(timeMs, InputKind.DELETE, topic, 0, 0);
            add(timeMs + site.between(1, 2_000), InputKind.CREATE, topic, 0, 0);
        }
    }

    private void swarm()
    {
        final Site site = dice.site(COMPONENT, "swarm");
        for (final InputKind kind : InputKind.values())
        {
            // Drawn for each kind whether it is a fault or not, so that a new kind changes little.
            final boolean isChosen = site.chance(0.35);
            final int count = site.between(1, 5);
            if (isChosen && (kind.isFault() && !isInSequence(kind) || InputKind.STOP == kind))
            {
                for (int i = 0; i < count; i++)
                {
                    draw(kind, dice.site(COMPONENT, kind.name()));
                }
            }
        }
    }

    /** Something that spoils nothing, where too little goes wrong for a run to count. */
    private void least()
    {
        while (inputs.stream().filter((input) -> input.kind().isFault() && input.isCertain()).count() < FAULTS_MIN)
        {
            draw(InputKind.CUT_CLIENT, dice.site(COMPONENT, "least"));
        }
    }

    /** What makes sense only between others. */
    private static boolean isInSequence(final InputKind kind)
    {
        return InputKind.WIPE == kind || InputKind.USURP == kind || InputKind.ROT == kind ||
            InputKind.LOSE_NAMING == kind;
    }

    private void draw(final InputKind kind, final Site site)
    {
        final long timeMs = time(site);
        final int a = broker(site);
        final int b = other(a, site);
        final int lengthMs = 50 + (int)site.exponential(CUT_MEAN_MS);
        switch (kind)
        {
            case KILL:
                add(timeMs, kind, a, 0, site.between(0, 20));
                restart(timeMs, a, site);
                break;
            case POWER:
            case STOP:
            case SYNC_ERROR:
                add(timeMs, kind, a, 0, 0);
                restart(timeMs, a, site);
                break;
            case CUT_CLIENT:
                add(timeMs, kind, site.nextInt(scenario.producers() + scenario.consumers()), b, lengthMs);
                break;
            case DROP_COORDINATION:
                for (int i = site.between(1, 20); i > 0; i--)
                {
                    add(time(site), kind, broker(site), 0, 0);
                }
                break;
            default:
                add(timeMs, kind, a, b, lengthMs);
                break;
        }
    }

    /** Short bounces come before the session of the former life ends, long ones after. */
    private void restart(final long timeMs, final int broker, final Site site)
    {
        final long downMs = site.chance(0.4) ? site.between(20, 500) : 500 + site.exponential(DOWN_MEAN_MS);
        add(timeMs + downMs, InputKind.START, broker, 0, 0);
    }

    private void templates()
    {
        final Site site = dice.site(COMPONENT, "templates");
        // Always: what broke others was a pause with a kill while idempotent producers retry.
        pauseAndKill(time(site), site);
        if (scenario.hasManyPartitions())
        {
            leaveOne(dice.site(COMPONENT, "many"));
        }
        final int count = site.between(0, 3);
        for (int i = 0; i < count; i++)
        {
            final long timeMs = time(site);
            switch (site.nextInt(9))
            {
                case 0:
                    twoFastFailovers(timeMs, site);
                    break;
                case 1:
                    cutFromFollowers(timeMs, site);
                    break;
                case 2:
                    cutFromCoordination(timeMs, site);
                    break;
                case 3:
                    add(timeMs, InputKind.KILL, broker(site), 0, 0);
                    bounceAll(timeMs, InputKind.KILL, site);
                    break;
                case 4:
                    bounceFast(timeMs, site);
                    break;
                case 5:
                    power(timeMs, Math.max(1, scenario.minIsr() - 1), site);
                    break;
                case 6:
                    bounceAll(timeMs, InputKind.POWER, site);
                    break;
                case 7:
                    recreateDuringCut(timeMs, site);
                    break;
                default:
                    shrinkThenPower(timeMs, site);
                    break;
            }
        }
    }

    private void pauseAndKill(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final int b = other(a, site);
        add(timeMs, InputKind.PAUSE, a, 0, site.between(500, 9_000));
        add(timeMs + site.between(10, 3_000), InputKind.KILL, b, 0, site.between(0, 20));
        add(timeMs + 3_000 + site.between(10, 3_000), InputKind.START, b, 0, 0);
    }

    /** One broker leads all partitions, and has all of them to tell those that come back. */
    private void leaveOne(final Site site)
    {
        final int a = broker(site);
        final long timeMs = site.between(BEGIN_MS, scenario.durationMs() / 2);
        for (int broker = 1; broker <= scenario.brokers(); broker++)
        {
            if (broker != a)
            {
                add(timeMs + site.nextInt(200), InputKind.KILL, broker, 0, 0);
                add(timeMs + 9_000 + site.nextInt(500), InputKind.START, broker, 0, 0);
            }
        }
    }

    private void twoFastFailovers(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final int b = other(a, site);
        final int gapMs = site.between(10, 800);
        add(timeMs, InputKind.CUT, a, b, gapMs + 500);
        add(timeMs + 50, InputKind.KILL, a, 0, 0);
        add(timeMs + 50 + gapMs, InputKind.START, a, 0, 0);
        add(timeMs + 50 + gapMs + site.between(1, 500), InputKind.KILL, b, 0, 0);
        add(timeMs + 1_000 + 2L * gapMs, InputKind.START, b, 0, 0);
    }

    private void cutFromFollowers(final long timeMs, final Site site)
    {
        add(timeMs, InputKind.ISOLATE, broker(site), 0, site.between(1_000, 15_000));
    }

    private void cutFromCoordination(final long timeMs, final Site site)
    {
        add(timeMs, InputKind.CUT_COORDINATION, broker(site), 0, site.between(500, 15_000));
    }

    private void bounceFast(final long timeMs, final Site site)
    {
        final int a = broker(site);
        add(timeMs, site.nextBoolean() ? InputKind.KILL : InputKind.POWER, a, 0, 0);
        add(timeMs + site.between(1, 100), InputKind.START, a, 0, 0);
    }

    private void power(final long timeMs, final int count, final Site site)
    {
        final int first = broker(site);
        for (int i = 0; i < count; i++)
        {
            final int broker = 1 + (first - 1 + i) % scenario.brokers();
            add(timeMs, InputKind.POWER, broker, 0, 0);
            add(timeMs + site.between(50, 5_000), InputKind.START, broker, 0, 0);
        }
    }

    private void bounceAll(final long timeMs, final InputKind kind, final Site site)
    {
        for (int broker = 1; broker <= scenario.brokers(); broker++)
        {
            add(timeMs + site.nextInt(20), kind, broker, 0, 0);
            add(timeMs + 100 + site.between(1, 4_000), InputKind.START, broker, 0, 0);
        }
    }

    private void recreateDuringCut(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final int topic = site.nextInt(scenario.topics());
        add(timeMs, InputKind.ISOLATE, a, 0, 3_000);
        add(timeMs, InputKind.CUT_COORDINATION, a, 0, 3_000);
        add(timeMs + 200, InputKind.DELETE, topic, 0, 0);
        add(timeMs + 400 + site.nextInt(500), InputKind.CREATE, topic, 0, 0);
    }

    /** The last of the in-sync replicas loses its memory after the others had to leave. */
    private void shrinkThenPower(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final int b = other(a, site);
        add(timeMs, InputKind.KILL, b, 0, 0);
        for (int broker = 1; broker <= scenario.brokers(); broker++)
        {
            if (broker != a && broker != b)
            {
                add(timeMs + 1_000, InputKind.KILL, broker, 0, 0);
                add(timeMs + 9_000 + site.nextInt(3_000), InputKind.START, broker, 0, 0);
            }
        }
        add(timeMs + 8_000, InputKind.POWER, a, 0, 0);
        add(timeMs + 8_100 + site.nextInt(500), InputKind.START, a, 0, 0);
        add(timeMs + 9_000 + site.nextInt(3_000), InputKind.START, b, 0, 0);
    }

    private long time(final Site site)
    {
        return site.between((long)BEGIN_MS, scenario.durationMs() - 1_000L);
    }

    private int broker(final Site site)
    {
        return site.between(1, scenario.brokers());
    }

    private int other(final int broker, final Site site)
    {
        return 1 + (broker - 1 + site.between(1, scenario.brokers() - 1)) % scenario.brokers();
    }

    private void add(final long timeMs, final InputKind kind, final int a, final int b, final int n)
    {
        inputs.add(new Input(timeMs, kind, a, b, n));
    }
}
