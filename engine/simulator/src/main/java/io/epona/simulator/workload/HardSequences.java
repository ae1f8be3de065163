package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws sequences in which a guard of the protocol decides that hardly anything else leads to: each was made for a
 * planted bug that lived through the rest. Most runs have one of them, some of these nothing else that goes wrong: what
 * a sequence needs is soon spoilt by other faults.
 * <p>
 * Used by one thread.
 */
final class HardSequences
{
    private static final String COMPONENT = "hard";
    private static final int BEGIN_MS = 3_000;
    /** Producers, the first ones, that wait for all in-sync replicas, and send again what has no answer. */
    private static final int WAITING = 3;
    private static final int SEQUENCES = 21;

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
     * @return whether nothing but one sequence goes wrong.
     */
    static boolean isAlone(final Scenario scenario)
    {
        return new World(scenario.seed()).site(COMPONENT, "alone").chance(0.3);
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
        final boolean isAlone = isAlone(scenario);
        if (Scenario.TIMED == scenario.retention() && site.chance(0.8))
        {
            if (3 == scenario.replication() && site.chance(0.3))
            {
                expireAndComeBack(time(site, 22_000), site);
            }
            else
            {
                retryAndExpire(time(site, 17_000), site);
            }
            if (isAlone)
            {
                return;
            }
        }
        if (site.chance(0.06))
        {
            rot(site.between(scenario.durationMs() / 2L, scenario.durationMs() - 3_000L), site);
        }
        if (3 == scenario.brokers() && 3 == scenario.replication() && site.chance(0.35))
        {
            endsInBetween(time(site, 16_000), site);
            return;
        }
        if (!isAlone && !site.chance(0.8))
        {
            return;
        }
        switch (site.nextInt(SEQUENCES))
        {
            case 0, 1, 2, 3 -> leadAlone(time(site, 14_000), site);
            case 4, 5, 6 -> restartBehind(time(site, 10_000), site);
            case 7, 8 -> zombieController(time(site, 4_000), site);
            case 9, 10 -> usurpWhileItProposes(time(site, 8_000), site);
            case 11 -> appendAlone(time(site, 12_000), site);
            case 12 -> lull(time(site, 6_000), 6_000);
            case 13, 14, 15, 16 -> thereAndBack(time(site, 6_000), site);
            case 17 -> electWhileItCuts(time(site, 7_000), site);
            case 18 -> renewStreams(time(site, 5_000), site);
            case 19 -> retryBelowMinIsr(time(site, 7_000), site);
            default -> hearOfAFormerLife(time(site, 7_000), site);
        }
    }

    /**
     * Brokers lead one after the other, none of which reaches another: each leaves an end of its own behind, or two.
     * One of them is reached last, when the others have gone on.
     */
    private void leadAlone(final long timeMs, final Site site)
    {
        final int lengthMs = site.between(2_000, 6_000);
        // Long enough for the others to go on without it, or not.
        final int restMs = site.chance(0.3) ? site.between(500, 3_000) : site.between(4_500, 7_000);
        add(timeMs, InputKind.ISOLATE, site.between(1, scenario.brokers()), 0, lengthMs + restMs);
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
     * A leader that is cut off takes one batch more, which its producer then sends to the next one: two logs of the
     * same length with different ends. The next one's goes by age, and its log begins there. Before the former leader
     * comes back a batch is added, and another epoch begins: only with that a log forgets the epochs below its start.
     */
    private void retryAndExpire(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int former = Input.replica(slot, 0);
        final int next = Input.replica(slot, 1);
        lull(timeMs, 17_000);
        preferEach(timeMs);
        add(timeMs + 600, InputKind.ISOLATE, former, 0, 15_400);
        add(timeMs + 600, InputKind.CUT_COORDINATION, former, 0, 15_400);
        produceOnce(timeMs + 700, 0);
        add(timeMs + 900, InputKind.EXPIRE, former, 0, 0);
        // Records go after 3 s, but what a log has left behind 10 s after that at the latest, when it is on disk.
        produceOnce(timeMs + 14_000, 1);
        add(timeMs + 14_300, InputKind.EXPIRE, next, 0, 0);
        produceOnce(timeMs + 15_300, 1);
    }

    /**
     * All records of a leader go by age. A follower on a new disk begins where its log ends, without a batch. Both go,
     * and another is elected, which was away. It has batches of its own there when they come back, and the follower
     * nothing to compare them with.
     */
    private void expireAndComeBack(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int follower = Input.replica(slot, 1);
        final int elected = Input.replica(slot, 2);
        final long emptyMs = timeMs + 14_700L;
        final long downMs = emptyMs + 1_800L;
        lull(timeMs, 22_000);
        add(timeMs, InputKind.STOP, elected, 0, 0);
        produceOnce(timeMs + 500, 0, site.between(1, 3));
        produceOnce(timeMs + 700, 0, site.between(1, 3));
        bounce(emptyMs, follower, 100);
        add(emptyMs + 20, InputKind.WIPE, follower, 0, 0);
        bounce(downMs, Input.replica(slot, 0), 4_500);
        bounce(downMs, follower, 4_500);
        add(downMs + 200, InputKind.START, elected, 0, 0);
        for (int i = 0; i < 4; i++)
        {
            add(downMs + 1_500 + 400L * i, InputKind.ELECT_UNCLEAN, slot, elected, 0);
            add(downMs + 1_600 + 400L * i, InputKind.MIN_ISR, slot / scenario.partitions(), 0, 1);
        }
        produceOnce(downMs + 3_700, 1, site.between(3, 9));
        produceOnce(downMs + 4_000, 1, site.between(3, 9));
    }

    /** A process ends, and its session with it, and is started again. */
    private void bounce(final long timeMs, final int broker, final int lengthMs)
    {
        add(timeMs, InputKind.KILL, broker, 0, 0);
        add(timeMs + 10, InputKind.EXPIRE, broker, 0, 0);
        add(timeMs + lengthMs, InputKind.START, broker, 0, 0);
    }

    /** Who leads has not answered when its followers go in order; its producers send again what is committed. */
    private void retryBelowMinIsr(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int leader = Input.replica(slot, 0);
        preferEach(timeMs);
        produceEach(timeMs + 400, 300, 20);
        for (int producer = 0; producer < Math.min(WAITING, scenario.producers()); producer++)
        {
            add(timeMs + 400 + site.nextInt(200), InputKind.CUT_CLIENT, producer, leader, 2_500);
        }
        for (int place = 1; place < scenario.replication(); place++)
        {
            add(timeMs + 800 + site.nextInt(300), InputKind.STOP, Input.replica(slot, place), 0, 0);
            add(timeMs + 5_500 + site.nextInt(500), InputKind.START, Input.replica(slot, place), 0, 0);
        }
    }

    /** One producer sends one record to each partition. */
    private void produceOnce(final long timeMs, final int producer)
    {
        produceOnce(timeMs, producer, 1);
    }

    private void produceOnce(final long timeMs, final int producer, final int records)
    {
        for (int slot = 0; slot < slots(); slot++)
        {
            add(timeMs, InputKind.PRODUCE, producer, slot, records);
        }
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

    /**
     * Brokers go on in a new epoch, and come back at once to an ensemble that lags behind it, beside a leader that does
     * not know that it is none any more. What a server lags by is less the more it is asked, so little time passes
     * between the epoch and the restart, and it happens again.
     */
    private void restartBehind(final long timeMs, final Site site)
    {
        for (int i = 0; i < 4; i++)
        {
            final long atMs = timeMs + 2_300L * i;
            final int x = site.between(1, scenario.brokers());
            // It keeps what counted only as far as it was on disk.
            final int dark = scenario.isFlushed() ? x % scenario.brokers() + 1 : 0;
            final int killMs = site.between(120, 450);
            add(atMs, InputKind.CUT_COORDINATION, x, 0, 1_800);
            add(atMs, InputKind.ISOLATE, x, 0, killMs + site.between(1, 160));
            add(atMs, InputKind.EXPIRE, x, 0, 0);
            produceEach(atMs + 20, killMs + 100, 20);
            add(atMs + killMs, InputKind.SLOW_COORDINATION, 0, 0, 1_000);
            for (int id = 1; id <= scenario.brokers(); id++)
            {
                if (id != x)
                {
                    final long downMs = atMs + killMs + site.nextInt(120);
                    add(downMs, id == dark ? InputKind.POWER : InputKind.KILL, id, 0, 0);
                    add(downMs + site.between(2, 20), InputKind.START, id, 0, 0);
                }
            }
        }
    }

    /** A controller whose node is deleted has work on its way, and hears late of the next one. */
    private void zombieController(final long timeMs, final Site site)
    {
        add(timeMs, InputKind.SLOW_COORDINATION, 1, 0, 3_000);
        for (int i = site.between(1, 3); i > 0; i--)
        {
            final long dropMs = timeMs + site.between(100, 2_000);
            add(dropMs, InputKind.DROP_CONTROLLER, 0, 0, 0);
            for (int j = 0; j < 12; j++)
            {
                add(
                    dropMs + site.nextInt(200), InputKind.MIN_ISR, site.nextInt(scenario.topics()), 0,
                    site.between(1, 3));
            }
        }
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            add(timeMs + site.between(100, 2_500), InputKind.PREFER, slot(site), 0, 0);
            if (site.nextBoolean())
            {
                add(timeMs + site.between(100, 2_500), InputKind.EXPIRE, id, 0, 0);
            }
        }
    }

    /**
     * A leader is about to shrink the in-sync replicas when its id is taken. It has lost its connection over that, and
     * nobody else can do anything about it.
     */
    private void usurpWhileItProposes(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int a = Input.replica(slot, 0);
        preferEach(timeMs);
        add(timeMs + 300, InputKind.ISOLATE, Input.replica(slot, 1), 0, 5_000);
        for (int place = 1; place < scenario.replication(); place++)
        {
            add(timeMs + 2_900, InputKind.CUT_COORDINATION, Input.replica(slot, place), 0, 1_800);
        }
        add(timeMs + 2_900, InputKind.LOSE_CHANGE, a, 0, 0);
        add(timeMs + site.between(3_250, 3_550), InputKind.USURP, a, 0, 1);
        add(timeMs + 6_300, InputKind.START, a, 0, 0);
    }

    /**
     * One leads, then another, then the first again, which has another log by then; a third, which had all of the
     * first one, hears of none of it before the end.
     */
    private void thereAndBack(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int preferred = Input.replica(slot, 0);
        final int back = Input.replica(slot, 1);
        final int third = Input.replica(slot, 2);
        add(timeMs, InputKind.EXPIRE, preferred, 0, 0);
        final long atMs = timeMs + 2_500;
        // Batches of one record: what the third goes on with begins where another batch does.
        lull(atMs, 2_500);
        add(atMs, InputKind.ISOLATE, preferred, 0, 450);
        add(atMs, InputKind.CUT_COORDINATION, third, 0, 1_900);
        // What comes from the first before the third hears of it would be dropped, and missed.
        add(atMs + 700, InputKind.CUT, back, third, 1_400);
        produceEach(atMs + 10, 290, 60);
        preferEach(atMs + 300);
        produceEach(atMs + 500, 2_000, 30);
        add(atMs + site.between(900, 1_500), InputKind.EXPIRE, preferred, 0, 0);
    }

    /**
     * One leads three times and reaches nobody, another in between and afterwards: it comes back with ends of several
     * epochs, between which those of the other one lie. No session ends over that: its life would be another one.
     */
    private void endsInBetween(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        final int b = other(a, site);
        lead(timeMs, a);
        lull(timeMs + 700, 5_000);
        add(timeMs + 800, InputKind.ISOLATE, a, 0, site.between(9_000, 12_000));
        for (int i = 0; i < 3; i++)
        {
            final long atMs = timeMs + 800 + 1_400L * i;
            produceEach(atMs, 700, 60);
            lead(atMs + 700, b);
            produceEach(atMs + 800, 600, 60);
            lead(atMs + 1_400, 2 == i ? b : a);
        }
    }

    /** Every partition is to be led by a broker, where all brokers are replicas. */
    private void lead(final long timeMs, final int broker)
    {
        for (int slot = 0; slot < slots(); slot++)
        {
            add(timeMs, InputKind.REASSIGN, slot, broker, scenario.replication());
            for (int i = 1; i <= 3; i++)
            {
                add(timeMs + 60L * i, InputKind.PREFER, slot, 0, 0);
            }
        }
    }

    /** A former leader that is still in sync cuts off what it was alone with, slowly, and leads again meanwhile. */
    private void electWhileItCuts(final long timeMs, final Site site)
    {
        final int preferred = site.between(1, scenario.brokers());
        final int a = preferred % scenario.brokers() + 1;
        add(timeMs, InputKind.EXPIRE, preferred, 0, 0);
        add(timeMs + 2_000, InputKind.ISOLATE, a, 0, 900);
        add(timeMs + 2_000, InputKind.STALL, a, 0, 3_500);
        produceEach(timeMs + 2_010, 3_500, 30);
        preferEach(timeMs + 2_300);
        final int expireMs = site.between(3_000, 3_800);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != a)
            {
                add(timeMs + expireMs + site.nextInt(50), InputKind.EXPIRE, id, 0, 0);
            }
        }
    }

    /** Followers ask twice, on streams of which the second overtakes the first. */
    private void renewStreams(final long timeMs, final Site site)
    {
        for (int i = 0; i < 16; i++)
        {
            final int a = site.between(1, scenario.brokers());
            final int b = other(a, site);
            final long atMs = timeMs + 200L * i;
            add(atMs, InputKind.RENEW, a, b, site.between(200, 500));
            add(atMs + site.nextInt(60), InputKind.RENEW, b, a, site.between(20, 200));
        }
    }

    /** A broker asks and acknowledges, ends, begins anew, and is heard before what it said in its former life. */
    private void hearOfAFormerLife(final long timeMs, final Site site)
    {
        for (int i = 0; i < 3; i++)
        {
            final int a = site.between(1, scenario.brokers());
            final long atMs = timeMs + 2_000L * i;
            for (int b = 1; b <= scenario.brokers(); b++)
            {
                if (b != a)
                {
                    add(atMs, InputKind.RENEW, a, b, site.between(800, 1_800));
                    add(atMs + site.between(5, 50), InputKind.RENEW, b, a, site.between(2, 20));
                }
            }
            add(atMs + 100 + site.nextInt(100), InputKind.KILL, a, 0, 0);
            add(atMs + 210, InputKind.START, a, 0, 0);
        }
    }

    /** A leader that nobody copies from takes much, and keeps house over it, before it finds out. */
    private void appendAlone(final long timeMs, final Site site)
    {
        final int a = site.between(1, scenario.brokers());
        final int lengthMs = site.between(5_000, 11_000);
        add(timeMs, InputKind.ISOLATE, a, 0, lengthMs);
        add(timeMs, InputKind.CUT_COORDINATION, a, 0, lengthMs);
        for (int i = 0; i < 200; i++)
        {
            add(
                timeMs + site.nextInt(lengthMs), InputKind.PRODUCE, site.nextInt(scenario.producers()), slot(site),
                site.between(1, 5));
        }
    }

    /** Producers that wait for their acknowledgements send single records to each partition in turn. */
    private void produceEach(final long timeMs, final int lengthMs, final int everyMs)
    {
        for (int atMs = 0, i = 0; atMs < lengthMs; atMs += everyMs, i++)
        {
            for (int slot = 0; slot < slots(); slot++)
            {
                add(timeMs + atMs, InputKind.PRODUCE, i % Math.min(WAITING, scenario.producers()), slot, 1);
            }
        }
    }

    private void preferEach(final long timeMs)
    {
        for (int slot = 0; slot < slots(); slot++)
        {
            add(timeMs, InputKind.PREFER, slot, 0, 0);
        }
    }

    /** Nobody sends anything. */
    private void lull(final long timeMs, final int lengthMs)
    {
        workload.removeIf((input) -> InputKind.PRODUCE == input.kind() && input.timeMs() >= timeMs &&
            input.timeMs() < timeMs + lengthMs);
    }

    private int slots()
    {
        return scenario.topics() * scenario.partitions();
    }

    private int slot(final Site site)
    {
        return site.nextInt(slots());
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
