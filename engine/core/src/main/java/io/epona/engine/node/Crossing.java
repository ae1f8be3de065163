package io.epona.engine.node;

import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

import java.util.ArrayDeque;

/**
 * What one thread tells another, in the order in which it is told: tasks that the other thread runs. Nothing is lost
 * and nobody blocks. What finds no room in the queue stays with the sender, which offers it again with {@link #flush},
 * and which looks at {@link #isClogged} before it takes on more that would lead to messages: so what stays behind is
 * bounded by what one of its cycles brings. For rare events: every message is an object.
 * <p>
 * <b>Threads.</b> {@link #send}, {@link #flush} and {@link #isClogged} are the sender's, {@link #drain} the receiver's.
 * The queue publishes a task with release and takes it with acquire: all that the sender stored before is visible to
 * the task. {@code left} is touched by the sender alone.
 */
final class Crossing
{
    private final OneToOneConcurrentArrayQueue<Runnable> queue;
    private final ArrayDeque<Runnable> left = new ArrayDeque<>();

    /**
     * @param capacity messages that are on their way at once.
     */
    Crossing(final int capacity)
    {
        queue = new OneToOneConcurrentArrayQueue<>(capacity);
    }

    /**
     * Tell something.
     *
     * @param message to be run by the receiver.
     */
    void send(final Runnable message)
    {
        if (!left.isEmpty() || !queue.offer(message))
        {
            left.add(message);
        }
    }

    /**
     * Offer again what found no room.
     *
     * @return how many messages found it now.
     */
    int flush()
    {
        int workCount = 0;
        while (!left.isEmpty() && queue.offer(left.peek()))
        {
            left.poll();
            workCount++;
        }

        return workCount;
    }

    /**
     * @return whether something was told that found no room yet.
     */
    boolean isClogged()
    {
        return !left.isEmpty();
    }

    /**
     * Run what was told.
     *
     * @param limit of messages.
     * @return how many were run.
     */
    int drain(final int limit)
    {
        int workCount = 0;
        while (workCount < limit)
        {
            final Runnable message = queue.poll();
            if (null == message)
            {
                break;
            }
            workCount++;
            message.run();
        }

        return workCount;
    }
}
