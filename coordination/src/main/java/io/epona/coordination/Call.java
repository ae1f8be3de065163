package io.epona.coordination;

/**
 * A call of the owner and its answer. The place for the answer exists from the start, so that a ZooKeeper client thread
 * always can leave it.
 * <p>
 * Made and run by the owner; answered once, by the owner or by a client thread. The answer's fields are plain: written
 * before {@link #answered()} and read after {@link #isReady()}, which pair.
 */
abstract class Call implements Runnable
{
    private final ZkSession session;
    private volatile boolean isAnswered;

    /**
     * @param session that the call goes to, or null for one that is refused at once.
     */
    Call(final ZkSession session)
    {
        this.session = session;
    }

    /**
     * @return whether there is an answer, or never will be one.
     */
    final boolean isReady()
    {
        return isAnswered || null != session && session.isOver();
    }

    /**
     * Let the session know how the server stands to this client.
     *
     * @param rc   of the answer.
     * @param path of the node.
     */
    final void note(final int rc, final String path)
    {
        session.onAnswer(rc, path);
    }

    final void answered()
    {
        isAnswered = true;
    }

    /**
     * Tell the handler.
     */
    @Override
    public final void run()
    {
        if (isAnswered)
        {
            deliver();
        }
        else
        {
            deliverLost();
        }
    }

    /**
     * Tell the handler the answer.
     */
    abstract void deliver();

    /**
     * Tell the handler that the session ended without an answer.
     */
    abstract void deliverLost();
}
