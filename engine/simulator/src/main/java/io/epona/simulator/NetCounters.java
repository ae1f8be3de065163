package io.epona.simulator;

/**
 * How often things happened on a network. Owned by the thread of its world.
 */
public final class NetCounters
{
    long images;
    long deadImages;
    long messages;
    long lostMessages;
    long backPressured;
    long notConnected;
    long maxPositions;
    long garbled;
    long lostPublications;

    /**
     * @return images made.
     */
    public long images()
    {
        return images;
    }

    /**
     * @return images that ended because nothing came.
     */
    public long deadImages()
    {
        return deadImages;
    }

    /**
     * @return messages consumed.
     */
    public long messages()
    {
        return messages;
    }

    /**
     * @return messages sent and never consumed.
     */
    public long lostMessages()
    {
        return lostMessages;
    }

    /**
     * @return offers refused for the window.
     */
    public long backPressured()
    {
        return backPressured;
    }

    /**
     * @return offers refused for want of a receiver.
     */
    public long notConnected()
    {
        return notConnected;
    }

    /**
     * @return publications that came to their end.
     */
    public long maxPositions()
    {
        return maxPositions;
    }

    /**
     * @return messages that changed on the way.
     */
    public long garbled()
    {
        return garbled;
    }

    /**
     * @return publications that were made anew because their receiver was not heard.
     */
    public long lostPublications()
    {
        return lostPublications;
    }
}
