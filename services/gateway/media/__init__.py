"""Files and photos that clients upload, kept in GridFS and shown through links that expire."""
