package io.epona.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * A file of a {@link SimDisk}: what programs see, which is the page cache, and what is on the medium. Owned by the
 * thread of its world.
 * <p>
 * A page that a sync failed to write counts as clean from then on, though it is not on the medium: so Linux does. It is
 * written by a later sync only where it was changed again.
 */
final class SimFile
{
    static final int PAGE_LENGTH = 4096;
    static final int SECTOR_LENGTH = 512;

    /** Longer than the file where the file was longer once. */
    private byte[] current = new byte[0];
    /** Zeros beyond its end. */
    private byte[] durable = new byte[0];
    private int length;
    private int durableLength;
    /** Content of pages when their sync failed. */
    private TreeMap<Integer, byte[]> lost;
    private int mappings;
    private int allocated;
    /** Bytes that turned: place, value before and after. */
    private List<int[]> rotten = List.of();

    static SimFile of(final byte[] bytes, final int allocated)
    {
        final SimFile file = new SimFile();
        file.current = bytes;
        file.durable = bytes.clone();
        file.length = bytes.length;
        file.durableLength = bytes.length;
        file.allocated = allocated;

        return file;
    }

    byte[] bytes()
    {
        return current;
    }

    /** The bytes as they would be, had none of them turned that still stands there. */
    byte[] soundBytes()
    {
        if (rotten.isEmpty())
        {
            return current;
        }
        final byte[] sound = current.clone();
        for (int i = rotten.size() - 1; i >= 0; i--)
        {
            final int[] byteOf = rotten.get(i);
            if (sound[byteOf[0]] == (byte)byteOf[2])
            {
                sound[byteOf[0]] = (byte)byteOf[1];
            }
        }

        return sound;
    }

    int length()
    {
        return length;
    }

    int allocated()
    {
        return allocated;
    }

    void allocated(final int newAllocated)
    {
        allocated = newAllocated;
    }

    void mapped(final int delta)
    {
        mappings += delta;
    }

    void forgetMappings()
    {
        mappings = 0;
    }

    void resize(final int newLength)
    {
        if (newLength > current.length)
        {
            if (mappings > 0)
            {
                throw new IllegalStateException("a mapped file cannot grow in the simulation");
            }
            current = Arrays.copyOf(current, newLength);
        }
        if (newLength < length)
        {
            Arrays.fill(current, newLength, length, (byte)0);
        }
        length = newLength;
    }

    void zero(final int from, final int to)
    {
        Arrays.fill(current, from, Math.min(to, current.length), (byte)0);
    }

    void write(final byte[] bytes, final int count)
    {
        System.arraycopy(bytes, 0, current, 0, count);
    }

    /** Put pages on the medium, and the length of the file. */
    void sync(final int from, final int to)
    {
        final int begin = from & -PAGE_LENGTH;
        final int end = Math.min(current.length, to + PAGE_LENGTH - 1 & -PAGE_LENGTH);
        durableLength = length;
        if (end <= begin)
        {
            return;
        }
        if (durable.length < end)
        {
            durable = Arrays.copyOf(durable, current.length);
        }
        if (null == lost)
        {
            System.arraycopy(current, begin, durable, begin, end - begin);
            return;
        }
        for (int page = begin; page < end; page += PAGE_LENGTH)
        {
            if (!isLost(page))
            {
                lost.remove(page);
                System.arraycopy(current, page, durable, page, Math.min(end - page, PAGE_LENGTH));
            }
        }
    }

    /** The kernel writes a page on its own account. */
    void writeBack(final int page)
    {
        final int formerLength = durableLength;
        sync(page, page + PAGE_LENGTH);
        durableLength = Math.max(formerLength, Math.min(length, page + PAGE_LENGTH));
    }

    /** A sync failed: its pages count as clean. */
    void lose(final int from, final int to)
    {
        if (null == lost)
        {
            lost = new TreeMap<>();
        }
        for (int page = from & -PAGE_LENGTH; page < Math.min(to, current.length); page += PAGE_LENGTH)
        {
            if (isDirty(page) && !isLost(page))
            {
                lost.put(page, Arrays.copyOfRange(current, page, Math.min(current.length, page + PAGE_LENGTH)));
            }
        }
    }

    private boolean isLost(final int page)
    {
        final byte[] content = null == lost ? null : lost.get(page);
        return null != content && Arrays.equals(
            content, 0, content.length, current, page, Math.min(current.length, page + PAGE_LENGTH));
    }

    private boolean isDirty(final int page)
    {
        final int end = Math.min(current.length, page + PAGE_LENGTH);
        final int written = Math.max(page, Math.min(end, durable.length));
        if (written > page && !Arrays.equals(current, page, written, durable, page, written))
        {
            return true;
        }
        for (int i = written; i < end; i++)
        {
            if (0 != current[i])
            {
                return true;
            }
        }

        return false;
    }

    /**
     * What is on the medium when the power is back. A page that is on it is that; one that is not is kept, reverted
     * or torn at a sector.
     *
     * @param site of the dice.
     * @param mode of this loss: 0 and 1 decide for each page, 2 keeps all, 3 keeps nothing that was not synced.
     * @return the file as it is found.
     */
    SimFile survivor(final Site site, final int mode)
    {
        final boolean isLengthKept = length == durableLength || (mode > 1 ? 2 == mode : site.nextBoolean());
        final int newLength = isLengthKept ? length : durableLength;
        final byte[] bytes = Arrays.copyOf(durable, newLength);
        for (int page = 0; page < newLength; page += PAGE_LENGTH)
        {
            if (!isDirty(page) || isLost(page))
            {
                continue;
            }
            final int end = Math.min(newLength, page + PAGE_LENGTH);
            // 0 kept, 1 reverted, 2 torn
            final int fate = mode < 2 ? site.nextInt(3) : mode - 2;
            for (int sector = page; sector < end; sector += SECTOR_LENGTH)
            {
                if (0 == fate || 2 == fate && site.nextBoolean())
                {
                    System.arraycopy(current, sector, bytes, sector, Math.min(end - sector, SECTOR_LENGTH));
                }
            }
        }

        final SimFile found = of(bytes, allocated);
        found.rotten = rotten;

        return found;
    }

    /** What stands in the page cache, to be told from what is written after. */
    byte[] image()
    {
        return Arrays.copyOf(current, length);
    }

    /**
     * Take stores back from a byte on: the process died while it stored.
     *
     * @param image of before the stores.
     * @param keep  changed bytes to keep, in ascending order of their place.
     */
    void takeBack(final byte[] image, final int keep)
    {
        int left = keep;
        for (int i = 0; i < Math.min(image.length, length); i++)
        {
            if (current[i] != image[i])
            {
                if (left > 0)
                {
                    left--;
                }
                else
                {
                    current[i] = image[i];
                }
            }
        }
    }

    int changedBytes(final byte[] image)
    {
        final int end = Math.min(image.length, length);
        if (Arrays.equals(image, 0, end, current, 0, end))
        {
            return 0;
        }
        int count = 0;
        for (int i = 0; i < end; i++)
        {
            count += current[i] == image[i] ? 0 : 1;
        }

        return count;
    }

    /** Turn a bit over, on the medium and in the cache. */
    void rot(final int index, final int bit)
    {
        rotten = new ArrayList<>(rotten);
        rotten.add(new int[]{ index, current[index], (byte)(current[index] ^ 1 << bit) });
        current[index] ^= (byte)(1 << bit);
        if (index < durable.length)
        {
            durable[index] = current[index];
        }
    }
}
