package io.epona.simulator.workload;

import io.epona.simulator.Site;
import io.epona.simulator.World;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws what operators ask for, also by mistake, and sequences in which it matters: requests beside faults, a node of a
 * controller that goes, a broker whose id another process takes, a replica elected although it lacks records.
 * <p>
 * Used by one thread.
 */
final class OperatorSchedule
{
    private static final String COMPONENT = "operator";
    private static final int BEGIN_MS = 3_000;
    /** Longer than brokers wait for an id. */
    private static final int ID_TAKEN_MS = 12_000;

    private final Scenario scenario;
    private final World dice;
    private final int slots;
    private final List<Input> inputs = new ArrayList<>();

    private OperatorSchedule(final Scenario scenario)
    {
        this.scenario = scenario;
        this.dice = new World(scenario.seed());
        this.slots = scenario.topics() * scenario.partitions();
    }

    /**
     * @param scenario shape of the run.
     * @return the inputs, in no order.
     */
    static List<Input> of(final Scenario scenario)
    {
        final OperatorSchedule schedule = new OperatorSchedule(scenario);
        schedule.requests();
        schedule.mistakes();
        schedule.sequences();

        return schedule.inputs;
    }

    private void requests()
    {
        final Site site = dice.site(COMPONENT, "requests");
        for (int i = site.chance(0.35) ? site.between(1, 6) : 0; i > 0; i--)
        {
            add(time(site), InputKind.REASSIGN, slot(site), broker(site), site.between(1, scenario.brokers()));
        }
        for (int i = site.chance(0.35) ? site.between(1, 6) : 0; i > 0; i--)
        {
            add(time(site), InputKind.PREFER, slot(site), 0, 0);
        }
        for (int i = site.chance(0.25) ? site.between(1, 4) : 0; i > 0; i--)
        {
            add(time(site), InputKind.MIN_ISR, site.nextInt(scenario.topics()), 0, site.between(1, 3));
        }
    }

    private void mistakes()
    {
        final Site site = dice.site(COMPONENT, "mistakes");
        for (int i = site.chance(0.4) ? site.between(2, 10) : 0; i > 0; i--)
        {
            add(time(site), InputKind.WRONG, slot(site), broker(site), site.nextInt(WrongRequest.values().length));
        }
        if (site.chance(0.2))
        {
            deleteInAnotherWay(time(site), site);
        }
        if (site.chance(0.2))
        {
            loseWhatBecameOfATopic(time(site), site);
        }
        final Site naming = dice.site(COMPONENT, "naming");
        if (naming.chance(0.15))
        {
            loseTheNameOfATopic(time(naming), naming);
        }
        if (site.chance(0.1))
        {
            // What is lost is that it stops.
            final int a = broker(site);
            final long timeMs = time(site);
            add(timeMs, InputKind.LOSE_CHANGE, a, 0, site.nextInt(3));
            add(timeMs + 1, InputKind.STOP, a, 0, 0);
            add(timeMs + site.between(2_000, 9_000), InputKind.START, a, 0, 0);
        }
    }

    /** A topic goes and comes while whoever is the controller loses answers of what it changes. */
    private void loseWhatBecameOfATopic(final long timeMs, final Site site)
    {
        final int topic = site.nextInt(scenario.topics());
        add(timeMs, InputKind.DELETE, topic, 0, 0);
        add(timeMs + 1_500, InputKind.CREATE, topic, 0, 0);
        for (int i = site.between(2, 5); i > 0; i--)
        {
            final long lostMs = timeMs + (site.nextBoolean() ? 0 : 1_500) + site.nextInt(400);
            for (int id = 1; id <= scenario.brokers(); id++)
            {
                add(lostMs, InputKind.LOSE_CHANGE, id, 0, site.nextInt(3));
            }
        }
    }

    /** The controller does not hear whether a topic is gone, or there; in between its name may go by hand. */
    private void loseTheNameOfATopic(final long timeMs, final Site site)
    {
        final int topic = site.nextInt(scenario.topics());
        final long createMs = timeMs + site.between(1_000, 4_000);
        loseNaming(timeMs - 10, site);
        add(timeMs, InputKind.DELETE, topic, 0, site.nextInt(3));
        loseNaming(createMs - 10, site);
        add(createMs, InputKind.CREATE, topic, 0, 0);
        if (site.chance(0.3))
        {
            add(createMs + site.between(20, 400), InputKind.DELETE, topic, 0, 2);
            add(createMs + site.between(1_000, 3_000), InputKind.CREATE, topic, 0, 0);
        }
    }

    private void loseNaming(final long timeMs, final Site site)
    {
        final int loss = site.nextInt(3);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            add(timeMs, InputKind.LOSE_NAMING, id, 0, loss);
        }
    }

    /** By a request that is left in the tree, by hand, or by hand with all that is left of it; then it is made anew. */
    private void deleteInAnotherWay(final long timeMs, final Site site)
    {
        final int topic = site.nextInt(scenario.topics());
        final int slot = topic * scenario.partitions();
        add(timeMs, InputKind.DELETE, topic, 0, site.between(1, 3));
        add(timeMs + site.nextInt(300), InputKind.WRONG, slot, broker(site), WrongRequest.TWICE.ordinal());
        add(timeMs + site.between(100, 4_000), InputKind.CREATE, topic, 0, 0);
        add(timeMs + site.between(200, 5_000), InputKind.WRONG, slot, broker(site), WrongRequest.TWICE.ordinal());
        add(timeMs + site.between(1_000, 8_000), InputKind.WRONG, slot, 1, WrongRequest.FORMER_TOPIC.ordinal());
    }

    private void sequences()
    {
        final Site site = dice.site(COMPONENT, "sequences");
        if (site.chance(0.08))
        {
            electUnclean(site.between((long)BEGIN_MS, scenario.durationMs() / 3L), site);
        }
        if (site.chance(0.06))
        {
            usurp(time(site), site);
        }
        final Site taken = dice.site(COMPONENT, "taken");
        if (taken.chance(0.06))
        {
            takeTheId(taken);
        }
        if (site.chance(0.08))
        {
            replaceDisk(time(site), site);
        }
        if (site.chance(0.1))
        {
            createBetweenControllers(time(site), site);
        }
        if (site.chance(0.1))
        {
            deleteWhileDown(time(site), site);
        }
        if (site.chance(0.1))
        {
            moveAwayAndBack(time(site), site);
        }
        if (site.chance(0.1))
        {
            cutSlowly(time(site), site);
        }
        if (site.chance(0.1))
        {
            bounceBeforeItIsKnown(time(site), site);
        }
        if (site.chance(0.1))
        {
            twoControllers(time(site), site);
        }
    }

    /** Who is out of sync is elected, while those that have everything are down, and come back. */
    private void electUnclean(final long timeMs, final Site site)
    {
        final int a = broker(site);
        add(timeMs, InputKind.KILL, a, 0, 0);
        final long downMs = timeMs + 7_000;
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != a)
            {
                add(downMs + site.nextInt(200), InputKind.KILL, id, 0, 0);
                add(downMs + 9_000 + site.nextInt(3_000), InputKind.START, id, 0, 0);
            }
        }
        add(downMs + 500, InputKind.START, a, 0, 0);
        if (site.nextBoolean())
        {
            // One that has nothing, and wants to be in sync at once.
            final int b = 1 + a % scenario.brokers();
            add(downMs + 300, InputKind.WIPE, b, 0, 0);
            add(downMs + 600, InputKind.START, b, 0, 0);
            add(downMs + 7_900, InputKind.SLOW_COORDINATION, 1, 0, 3_000);
        }
        for (int slot = 0; slot < slots; slot++)
        {
            add(downMs + 8_000 + site.nextInt(500), InputKind.ELECT_UNCLEAN, slot, a, 0);
        }
    }

    private void usurp(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final boolean isForced = site.nextBoolean();
        if (isForced)
        {
            // What it proposes in the moment in which it is another's.
            add(timeMs, InputKind.SLOW_COORDINATION, a, 0, 1_500);
            add(timeMs, InputKind.ISOLATE, a, 0, 5_000);
            add(timeMs + site.between(2_800, 3_300), InputKind.USURP, a, 0, 1);
        }
        else
        {
            add(timeMs, InputKind.PAUSE, a, 0, 9_000);
            add(timeMs + 8_000, InputKind.USURP, a, 0, 0);
        }
        add(timeMs + site.between(9_500, 12_000), InputKind.START, a, 0, 0);
    }

    /** A broker waits for its id, in vain: who took it stays for longer than a session may. */
    private void takeTheId(final Site site)
    {
        final int a = broker(site);
        final long timeMs = site.between(BEGIN_MS, scenario.durationMs() / 2);
        final int stayMs = site.between(ID_TAKEN_MS, ID_TAKEN_MS + 2_000);
        add(timeMs, InputKind.KILL, a, 0, 0);
        add(timeMs + 200, InputKind.USURP, a, stayMs, 1);
        add(timeMs + site.between(300, 1_000), InputKind.START, a, 0, 0);
        add(timeMs + stayMs + site.between(200, 1_000), InputKind.START, a, 0, 0);
    }

    private void replaceDisk(final long timeMs, final Site site)
    {
        final int a = broker(site);
        add(timeMs, InputKind.KILL, a, 0, 0);
        add(timeMs + 10, InputKind.WIPE, a, 0, 0);
        add(timeMs + site.between(20, 6_000), InputKind.START, a, 0, 0);
    }

    /** A controller that dies between the changes that make a topic. */
    private void createBetweenControllers(final long timeMs, final Site site)
    {
        final int topic = site.nextInt(scenario.topics());
        add(timeMs, InputKind.DELETE, topic, 0, 0);
        add(timeMs + 400, InputKind.SLOW_COORDINATION, 1, 0, 2_000);
        add(timeMs + 500, InputKind.CREATE, topic, 0, 0);
        for (int i = site.between(1, 3); i > 0; i--)
        {
            add(timeMs + 500 + site.between(50, 900), InputKind.DROP_CONTROLLER, 0, 0, 0);
        }
    }

    /** A broker comes back when a topic that it holds is gone without a trace. */
    private void deleteWhileDown(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final int topic = site.nextInt(scenario.topics());
        add(timeMs, InputKind.KILL, a, 0, 0);
        add(timeMs + 300, InputKind.DELETE, topic, 0, 0);
        add(timeMs + site.between(1_000, 12_000), InputKind.CREATE, topic, 0, 0);
        add(timeMs + site.between(2_000, 15_000), InputKind.START, a, 0, 0);
    }

    /** The states change while brokers make up their minds to delete what they held. */
    private void moveAwayAndBack(final long timeMs, final Site site)
    {
        final int slot = slot(site);
        final int a = broker(site);
        add(timeMs, InputKind.REASSIGN, slot, a, 1);
        add(timeMs + site.between(500, 3_000), InputKind.REASSIGN, slot, a, scenario.brokers());
        add(timeMs + site.between(500, 5_000), InputKind.REASSIGN, slot, a % scenario.brokers() + 1, 2);
        add(timeMs + site.between(500, 5_000), InputKind.SLOW_COORDINATION, 1, 0, 2_000);
        add(timeMs + site.between(3_000, 6_000), InputKind.REASSIGN, slot, broker(site), scenario.replication());
    }

    /** Leaders follow each other while a log is being cut for the first of them. */
    private void cutSlowly(final long timeMs, final Site site)
    {
        final int a = broker(site);
        add(timeMs, InputKind.ISOLATE, a, 0, 1_200);
        add(timeMs + 1_000, InputKind.STALL, a, 0, 9_000);
        add(timeMs + 1_100, InputKind.EXPIRE, a, 0, 0);
        final boolean isKilled = site.nextBoolean();
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != a && isKilled)
            {
                final long killMs = timeMs + site.between(2_000, 3_000);
                add(killMs, InputKind.KILL, id, 0, 0);
                add(killMs + 7_500, InputKind.START, id, 0, 0);
            }
            else if (id != a)
            {
                add(timeMs + site.between(1_500, 6_000), InputKind.EXPIRE, id, 0, 0);
            }
        }
    }

    /** What is proposed about a life of a broker arrives when there is another one. */
    private void bounceBeforeItIsKnown(final long timeMs, final Site site)
    {
        final int a = broker(site);
        final long healedMs = timeMs + 3_600;
        add(timeMs, InputKind.ISOLATE, a, 0, 3_600);
        for (int id = 1; id <= scenario.brokers(); id++)
        {
            if (id != a)
            {
                add(healedMs - 30, InputKind.CUT_COORDINATION, id, 0, 1_300);
            }
        }
        add(healedMs + 500, InputKind.KILL, a, 0, 0);
        add(healedMs + 510, InputKind.START, a, 0, 0);
    }

    /** One controller goes on writing, for a moment, while another one has begun. */
    private void twoControllers(final long timeMs, final Site site)
    {
        add(timeMs, InputKind.SLOW_COORDINATION, 1, 0, 2_000);
        for (int i = 0; i < 8; i++)
        {
            add(
                timeMs + site.between(300, 1_200), InputKind.MIN_ISR, site.nextInt(scenario.topics()), 0,
                site.between(1, 3));
        }
        add(timeMs + site.between(300, 900), InputKind.DROP_CONTROLLER, 0, 0, 0);
    }

    private int slot(final Site site)
    {
        return site.nextInt(slots);
    }

    private int broker(final Site site)
    {
        return site.between(1, scenario.brokers());
    }

    private long time(final Site site)
    {
        return site.between((long)BEGIN_MS, scenario.durationMs() - 1_000L);
    }

    private void add(final long timeMs, final InputKind kind, final int a, final int b, final int n)
    {
        inputs.add(new Input(timeMs, kind, a, b, n));
    }
}
