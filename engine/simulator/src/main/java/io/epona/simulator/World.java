package io.epona.simulator;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Simulated time and what will happen in it: one queue of events, taken one after the other. Everything simulated
 * belongs to one world, and a world to one thread: nothing in it waits, and nothing in it reads another clock.
 * <p>
 * Time is in simulated nanoseconds since the world began. Random numbers come from sites ({@link KeyedRandom}).
 */
public final class World
{
    /** One millisecond in simulated time. */
    public static final long MS = 1_000_000L;
    /** One second in simulated time. */
    public static final long SECOND = 1_000 * MS;

    private final long seed;
    private final Trace trace;
    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private final Map<String, Site> sites = new HashMap<>();
    private long nowNs;
    private long scheduled;
    private long happened;
    private Runnable afterEach;

    /**
     * A world whose trace nobody reads.
     *
     * @param seed of everything random in it.
     */
    public World(final long seed)
    {
        this(seed, null);
    }

    /**
     * @param seed   of everything random in it.
     * @param reader of the trace, or null.
     */
    public World(final long seed, final Trace.Reader reader)
    {
        this.seed = seed;
        this.trace = new Trace(seed, reader);
    }

    /**
     * @return seed of the world.
     */
    public long seed()
    {
        return seed;
    }

    /**
     * @return simulated ns since the world began.
     */
    public long nowNs()
    {
        return nowNs;
    }

    /**
     * @return what happened.
     */
    public Trace trace()
    {
        return trace;
    }

    /**
     * @return number of events that happened.
     */
    public long eventCount()
    {
        return happened;
    }

    /**
     * The site of a name: the same object each time, so that it goes on counting.
     *
     * @param component that asks, such as {@code disk}.
     * @param name      of the place in it, such as {@code 3.fate}; unique in the component.
     * @return the site.
     */
    public Site site(final String component, final String name)
    {
        return sites.computeIfAbsent(component + '/' + name, (key) -> new Site(seed, component, name));
    }

    /**
     * @param check to run after each event, or null: the oracle.
     */
    public void afterEach(final Runnable check)
    {
        afterEach = check;
    }

    /**
     * Let something happen.
     *
     * @param timeNs simulated ns, not before now.
     * @param what   it is, for the trace: a constant.
     * @param action to take then.
     * @return the event.
     */
    public Event at(final long timeNs, final String what, final Runnable action)
    {
        if (timeNs < nowNs)
        {
            throw new IllegalArgumentException(what + " at " + timeNs + ", now is " + nowNs);
        }
        final Event event = new Event(timeNs, scheduled++, what, action);
        queue.add(event);

        return event;
    }

    /**
     * Let something happen after a while.
     *
     * @param delayNs from now, at least 0.
     * @param what    it is, for the trace: a constant.
     * @param action  to take then.
     * @return the event.
     */
    public Event after(final long delayNs, final String what, final Runnable action)
    {
        return at(nowNs + delayNs, what, action);
    }

    /**
     * Let the next event happen.
     *
     * @return false where none is left.
     */
    public boolean step()
    {
        while (true)
        {
            final Event event = queue.poll();
            if (null == event)
            {
                return false;
            }
            final Runnable action = event.take();
            if (null != action)
            {
                happen(event, action);
                return true;
            }
        }
    }

    /**
     * Let everything happen up to a time, and that time come.
     *
     * @param timeNs simulated ns.
     */
    public void runUntil(final long timeNs)
    {
        while (isNextBy(timeNs))
        {
            step();
        }
        nowNs = Math.max(nowNs, timeNs);
        trace.nowNs(nowNs);
    }

    private boolean isNextBy(final long timeNs)
    {
        Event next = queue.peek();
        while (null != next && !next.isPending())
        {
            queue.poll();
            next = queue.peek();
        }

        return null != next && next.timeNs() <= timeNs;
    }

    private void happen(final Event event, final Runnable action)
    {
        nowNs = event.timeNs();
        happened++;
        trace.nowNs(nowNs);
        trace.onEvent(event.what());
        action.run();
        if (null != afterEach)
        {
            afterEach.run();
        }
    }
}
