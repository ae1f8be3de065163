package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws sequences in which a guard of the protocol decides that hardly anything else leads to: each was made for a
 * planted bug that lived through the rest. A run has one of them now and then.
 * <p>
 * Used by one thread.
 */
final class HardSequences
{
    private static final String COMPONENT = "hard";
    private static final int BEGIN_MS = 3_000;
    private static final int SEQUENCES = 7;

    private final Scenario scenario;
    private final World dice;
    private final List<Input> workload;
    private final List<Input> inputs = new ArrayList<>();

    private HardSequences(final Scenario scenario, final List<Input> workload)
    {
        this.scenario = scenario;
        this.dice = new World(scenario.seed());
        this.workload = workload;
    }

    /**
     * @param scenario shape of the run.
     * @param workload what clients do meanwhile, of which some may be left out.
     * @return the inputs, in no order.
     */
    static List<Input> of(final Scenario scenario, final List<Input> workload)
    {
        final HardSequences sequences = new HardSequences(scenario, workload);
        sequences.draw();

        return sequences.inputs;
    }

    private void draw()
    {
        final Site site = dice.site(COMPONENT, "sequences");
        if (Scenario.TIMED == scenario.retention() && site.chance(0.5))
        {
            retryAndExpire(time(site, 14_000), site);
        }
        if (site.chance(0.06))
        {
            rot(site.between(scenario.durationMs() / 2L, scenario.durationMs() - 3_000L), site);
        }
        if (!site.chance(0.3))
        {
            return;
        }
        switch (site.nextInt(SEQUENCES))
        {
            case 0, 1 -> leadAlone(time(site, 8_000), site);
            case 2 -> restartBehind(time(site, 14_000), site);
            case 3 -> zombieController(time(site, 8_000), site);
            case 5 -> usurpWhileItProposes(time(site, 8_000), site);
            case 4 -> appendAlone(time(site, 12_000), site);
            default -> lull(time(site, 6_000), 6_000);
        }
    }

    /** Brokers lead one after the other, none of which reaches another: each leaves an end of its own behind. */
    private void leadAlone(final long timeMs, final Site site)
    {
        final int lengthMs = site.between(2_000, 6_000);
        for (int a = 1; a <= scenario.brokers(); a++)
        {
            for (int b = a + 1; b <= scenario.brokers(); b++)
            {
                add(timeMs, InputKind.CUT, a, b, lengthMs);
            }
        }
        final int gapMs = site.between(200, 900);
        int broker = site.between(1, scenario.brokers());
        for (int atMs = gapMs; atMs < lengthMs + gapMs; atMs += gapMs)
        {
            add(timeMs + atMs, InputKind.EXPIRE, broker, 0, 0);
            broker = broker % scenario.brokers() + 1;
        }
    }

    /**
     * Each leader that is cut off takes one batch more, which its producer then sends to the next one: two logs of the
     * same length with different ends. The next one's goes by age before the former one comes back.
     */
    private void retryAndExpire(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        lull(timeMs, 13_000);
        add(timeMs + 600, InputKind.ISOLATE, a, 0, 9_000);
        add(timeMs + 600, InputKind.CUT_COORDINATION, a, 0, 9_000);
        for (int slot = 0; slot < scenario.topics() * scenario.partitions(); slot++)
        {
            add(timeMs + 700, InputKind.PRODUCE, 0, slot, 1);
        }
        add(timeMs + 1_500, InputKind.EXPIRE, a, 0, 0);
    }

    private void rot(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        final int b = other(a, site);
        for (int i = site.between(1, 6); i > 0; i--)
        {
            add(timeMs + site.nextInt(200), InputKind.ROT, a, 0, 0);
        }
        if (site.nextBoolean())
        {
            // Who begins with an empty log is sent all of it.
            add(timeMs + 300, InputKind.KILL, b, 0, 0);
            add(timeMs + 310, InputKind.WIPE, b, 0, 0);
            add(timeMs + 400, InputKind.START, b, 0, 0);
        }
        else
        {
            add(timeMs + 300, site.nextBoolean() ? InputKind.KILL : InputKind.STOP, a, 0, 0);
            add(timeMs + 2_400, InputKind.START, a, 0, 0);
        }
    }

    /** A broker comes back to an ensemble that lags, beside a leader that does not know that it is none any more. */
    private void restartBehind(final long timeMs, final Site site)
    {
        final int x = site.between(1, scenario.brokers());
        final int lengthMs = site.between(6_500, 9_500);
        add(timeMs, InputKind.CUT_COORDINATION, x, 0, lengthMs);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != x)
            {
                add(timeMs, InputKind.CUT, x, id, lengthMs - 700);
            }
        }
        add(timeMs + 100, InputKind.EXPIRE, x, 0, 0);
        add(timeMs + lengthMs - 2_000, InputKind.SLOW_COORDINATION, 1, 0, 2_500);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != x)
            {
                final long killMs = timeMs + lengthMs - 1_000 + site.nextInt(200);
                add(killMs, InputKind.KILL, id, 0, 0);
                add(killMs + site.between(5, 300), InputKind.START, id, 0, 0);
            }
        }
    }

    /** A controller whose node is deleted has work on its way, and hears late of the next one. */
    private void zombieController(final long timeMs, final Site site)
    {
        add(timeMs, InputKind.SLOW_COORDINATION, 1, 0, 3_000);
        for (int i = site.between(1, 3); i > 0; i--)
        {
            add(timeMs + site.between(100, 1_500), InputKind.DROP_CONTROLLER, 0, 0, 0);
        }
        for (int i = 0; i < 12; i++)
        {
            final long atMs = timeMs + site.between(50, 2_500);
            add(
                atMs, InputKind.MIN_ISR, site.nextInt(scenario.topics()), 0, site.between(1, 3));
            add(atMs, InputKind.PREFER, site.nextInt(scenario.topics() * scenario.partitions()), 0, 0);
        }
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (site.nextBoolean())
            {
                add(timeMs + site.between(100, 2_500), InputKind.EXPIRE, id, 0, 0);
            }
        }
    }

    /** Leaders are about to shrink the in-sync replicas when the id of one of them is taken. */
    private void usurpWhileItProposes(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        add(timeMs, InputKind.ISOLATE, other(a, site), 0, 5_000);
        add(timeMs + 2_500, InputKind.SLOW_COORDINATION, 1, 0, 1_500);
        add(timeMs + site.between(2_700, 3_300), InputKind.USURP, a, 0, 1);
        add(timeMs + 6_000, InputKind.START, a, 0, 0);
    }

    /** A leader that nobody copies from takes much, and keeps house over it, before it finds out. */
    private void appendAlone(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        final int lengthMs = site.between(5_000, 11_000);
        add(timeMs, InputKind.ISOLATE, a, 0, lengthMs);
        add(timeMs, InputKind.CUT_COORDINATION, a, 0, lengthMs);
        final int slots = scenario.topics() * scenario.partitions();
        for (int i = 0; i < 200; i++)
        {
            add(
                timeMs + site.nextInt(lengthMs), InputKind.PRODUCE, site.nextInt(scenario.producers()),
                site.nextInt(slots), site.between(1, 5));
        }
    }

    /** Nobody sends anything. */
    private void lull(final long timeMs, final int lengthMs)
    {
        workload.removeIf((input) -> InputKind.PRODUCE == input.kind() && input.timeMs() >= timeMs &&
            input.timeMs() < timeMs + lengthMs);
    }

    private long time(final Site site, final int lengthMs)
    {
        return site.between((long)BEGIN_MS, scenario.durationMs() - (long)lengthMs);
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
