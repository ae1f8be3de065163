package io.epona.client;

/**
 * The one thread that may use a producer or consumer: the first that does.
 */
final class OwnerThread
{
    private final String what;
    private Thread owner;

    /**
     * @param what is owned, for people: "a producer".
     */
    OwnerThread(final String what)
    {
        this.what = what;
    }

    /**
     * @throws IllegalStateException on any other thread.
     */
    void check()
    {
        final Thread current = Thread.currentThread();
        if (current != owner)
        {
            if (null != owner)
            {
                throw new IllegalStateException(
                    what + " belongs to one thread: this one to " + owner.getName() + ", not " + current.getName());
            }
            owner = current;
        }
    }
}
