BEGIN TRANSACTION;
CREATE TABLE actor (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	password TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	office_id INTEGER, 
	disabled BOOLEAN NOT NULL, 
	must_change BOOLEAN NOT NULL, 
	created VARCHAR(27) NOT NULL, totp VARCHAR(64), totp_used INTEGER, 
	CONSTRAINT pk_actor PRIMARY KEY (id), 
	CONSTRAINT uq_actor_name UNIQUE (name), 
	CONSTRAINT fk_actor_office_id FOREIGN KEY(office_id) REFERENCES office (id)
);
INSERT INTO "actor" VALUES(1,'花','$argon2id$v=19$m=8,t=1,p=1$c0E8bSJgX4AGQf3+409sLw$uRKf80ueTnLchXIztqR6qNVaGPUnJUf/0hwf7+x++3Y','reviewer',1,0,1,'2026-11-22T10:13:17.621342Z',NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE alias (
	id VARCHAR(40) NOT NULL, 
	record_id VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_alias PRIMARY KEY (id), 
	CONSTRAINT fk_alias_record_id FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "alias" VALUES('b423edd5b3af07bd521d-1-0','25ab294621c7744a0ae5-1-0');
INSERT INTO "alias" VALUES('a6b2c767578b49da6b12-2-0','25ab294621c7744a0ae5-1-1');
INSERT INTO "alias" VALUES('a6b2c767578b49da6b12-1-0','25ab294621c7744a0ae5-2-0');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	actor VARCHAR(64), 
	action VARCHAR(60) NOT NULL, 
	target VARCHAR(200) NOT NULL, 
	why VARCHAR(100) NOT NULL, 
	mac VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-22T10:13:17.621342Z',NULL,'user-add','user=1 role=reviewer office=1','','38d53d96394720bdceb019a74b82df5e2d19e7b57ed840af48b87a883437c48e');
INSERT INTO "audit" VALUES(2,'2026-11-22T10:13:17.629551Z','花','print','form=slip sheets=3 serials=1-3','','fd9f32d4bd24e4526efe62b6162867e4b3ec40d3dc11d9ffcaca555c54e9f062');
INSERT INTO "audit" VALUES(3,'2026-11-22T10:13:17.633163Z',NULL,'arrive','file=25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b as=accepted pages=3','','1d6a915dc80a79f6beaa52059256278ee828bdbe970e863c95f89f87b6b68a20');
INSERT INTO "audit" VALUES(4,'2026-11-22T10:13:17.637766Z',NULL,'arrive','file=b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588 as=accepted pages=2','','8aa09768ef2b821e7310f0b2796c3dec60d37a1b83f85f9b9d4fd21e2222a264');
INSERT INTO "audit" VALUES(5,'2026-11-22T10:13:17.639643Z',NULL,'arrive','file=a6b2c767578b49da6b124df47d6b6446a3be49d1a4c721b79662753658120bd1 as=accepted pages=2','','f82b48f439bf764197b878e15d1902020c0418906b1ed99fc465aef445dbe340');
INSERT INTO "audit" VALUES(6,'2026-11-22T10:13:17.642613Z',NULL,'arrive','file=a9169077c4d41957d0d9788ae507b795493ff9fa264d2cbdb4ff99a96ffb57c9 as=refused pages=0','','2e561ddcd0b4ee78d5b8c4f1ebd609b0e7d0934f02feccb0d77d275fa147d2ea');
INSERT INTO "audit" VALUES(7,'2026-11-22T10:13:17.730010Z',NULL,'arrive','file=4f9cfc180ee556bf3dac7356a62ac8132ae8c1b12a797dee27283b45510493c7 as=accepted pages=1','','984962880df402633d8311799f9ceaef97a44484b35cb9191595ab85b0f404d6');
INSERT INTO "audit" VALUES(8,'2026-11-22T10:13:17.736967Z','花','decide','record=25ab294621c7744a0ae5-1-0 field=first as=correct','','16557732f28d25b3be39780c671a7d7a2727b134bd5e9e09b03c8937a309bf91');
INSERT INTO "audit" VALUES(9,'2026-11-22T10:13:17.750518Z','花','decide','record=25ab294621c7744a0ae5-1-0 field=first as=undo','','b711cf73f78caf109ef79d27cd6c6c920355ac930aa61c3124a5286a07589f1a');
INSERT INTO "audit" VALUES(10,'2026-11-22T10:13:17.760715Z','花','decide','record=25ab294621c7744a0ae5-1-1 field=first as=confirm','','ccce757d65a46f070f1311bce17b20ab56fbaee485b95f49de12d8db41546571');
INSERT INTO "audit" VALUES(11,'2026-11-22T10:13:17.771073Z','花','decide','record=25ab294621c7744a0ae5-2-0 field=only as=confirm','','80b80243dcec4207ebdfdf3a5764ffe4cf39ca7608dba423cd7b55c0b8fe4d6b');
INSERT INTO "audit" VALUES(12,'2026-11-22T10:13:17.780687Z','花','sign-in','user=1 session=1','','e22e953dd7367febe12aeb62f3f7b02104789f30564622999d98f125ce9d5bdd');
INSERT INTO "audit" VALUES(13,'2026-11-22T10:13:17.782677Z','花','export','export=0123','','23132b86da441803947c939a3f35f5872b89c7cdc2ff254f1762c53213e2a0a4');
CREATE TABLE "batch" (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	office_id INTEGER, 
	actor VARCHAR(64), 
	created VARCHAR(27) NOT NULL, 
	counted INTEGER, 
	CONSTRAINT pk_batch PRIMARY KEY (id), 
	CONSTRAINT fk_batch_office_id FOREIGN KEY(office_id) REFERENCES office (id), 
	CONSTRAINT uq_batch_name_office_id UNIQUE (name, office_id)
);
INSERT INTO "batch" VALUES(1,'四月の束',NULL,NULL,'2026-11-22T10:13:17.633163Z',NULL);
CREATE TABLE bound (
	own_id VARCHAR(40) NOT NULL, 
	hand INTEGER, 
	n INTEGER NOT NULL, 
	behind VARCHAR(40), 
	CONSTRAINT pk_bound PRIMARY KEY (own_id)
);
CREATE TABLE browser (
	id INTEGER NOT NULL, 
	actor_id INTEGER NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	created VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_browser PRIMARY KEY (id), 
	CONSTRAINT fk_browser_actor_id FOREIGN KEY(actor_id) REFERENCES actor (id), 
	CONSTRAINT uq_browser_actor_id_token_sha256 UNIQUE (actor_id, token_sha256)
);
CREATE TABLE decision (
	id INTEGER NOT NULL, 
	record VARCHAR(40) NOT NULL, 
	field VARCHAR(100) NOT NULL, 
	version INTEGER NOT NULL, 
	was JSON, 
	now JSON, 
	action VARCHAR(20) NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	why TEXT NOT NULL, double BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (id), 
	CONSTRAINT uq_decision_record_field_version UNIQUE (record, field, version), 
	CONSTRAINT fk_decision_by FOREIGN KEY("by") REFERENCES actor (name)
);
INSERT INTO "decision" VALUES(1,'25ab294621c7744a0ae5-1-0','first',1,'[3,"valid"]','[1,"valid"]','correct','花','2026-11-22T10:13:17.736967Z','',0);
INSERT INTO "decision" VALUES(2,'25ab294621c7744a0ae5-1-0','first',2,'[1,"valid"]',NULL,'undo','花','2026-11-22T10:13:17.750518Z','',0);
INSERT INTO "decision" VALUES(3,'25ab294621c7744a0ae5-1-1','first',1,'[3,"valid"]','[3,"valid"]','confirm','花','2026-11-22T10:13:17.760715Z','',0);
INSERT INTO "decision" VALUES(4,'25ab294621c7744a0ae5-2-0','only',1,'[2,"valid"]','[2,"valid"]','confirm','花','2026-11-22T10:13:17.771073Z','',1);
CREATE TABLE entry (
	id INTEGER NOT NULL, 
	thread VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	target VARCHAR(100) NOT NULL, 
	day VARCHAR(10), 
	said JSON NOT NULL, 
	action VARCHAR(20) NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_entry PRIMARY KEY (id), 
	CONSTRAINT fk_entry_by FOREIGN KEY("by") REFERENCES actor (name), 
	CONSTRAINT uq_entry_thread_version UNIQUE (thread, version)
);
CREATE TABLE issued (
	id INTEGER NOT NULL, 
	form_id VARCHAR(100) NOT NULL, 
	form_version VARCHAR(40) NOT NULL, 
	serial VARCHAR(60) NOT NULL, 
	issued VARCHAR(27) NOT NULL, 
	actor VARCHAR(64), run VARCHAR(200) DEFAULT '' NOT NULL, district VARCHAR(60) DEFAULT '' NOT NULL, office VARCHAR(100) DEFAULT '' NOT NULL, subject VARCHAR(60) DEFAULT '' NOT NULL, about VARCHAR(100) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_issued PRIMARY KEY (id), 
	CONSTRAINT uq_issued_form_id_form_version_serial UNIQUE (form_id, form_version, serial)
);
INSERT INTO "issued" VALUES(1,'slip','1','1','2026-11-22T10:13:17.629551Z','花','','','','','');
INSERT INTO "issued" VALUES(2,'slip','1','2','2026-11-22T10:13:17.629551Z','花','','','','','');
INSERT INTO "issued" VALUES(3,'slip','1','3','2026-11-22T10:13:17.629551Z','花','','','','','');
CREATE TABLE ledger (
	id INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	page INTEGER, 
	name TEXT NOT NULL, 
	actor VARCHAR(64), 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_ledger PRIMARY KEY (id)
);
INSERT INTO "ledger" VALUES(1,'2026-11-22T10:13:17.633163Z','accepted','25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b',NULL,'a.pdf',NULL,'pages=3 bytes=370');
INSERT INTO "ledger" VALUES(2,'2026-11-22T10:13:17.637766Z','accepted','b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588',NULL,'b.pdf',NULL,'pages=2 bytes=176');
INSERT INTO "ledger" VALUES(3,'2026-11-22T10:13:17.639643Z','accepted','a6b2c767578b49da6b124df47d6b6446a3be49d1a4c721b79662753658120bd1',NULL,'c.pdf',NULL,'pages=2 bytes=171');
INSERT INTO "ledger" VALUES(4,'2026-11-22T10:13:17.641266Z','duplicate','b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588',NULL,'d.pdf',NULL,'');
INSERT INTO "ledger" VALUES(5,'2026-11-22T10:13:17.642613Z','refused','a9169077c4d41957d0d9788ae507b795493ff9fa264d2cbdb4ff99a96ffb57c9',NULL,'z.pdf',NULL,'damaged');
INSERT INTO "ledger" VALUES(6,'2026-11-22T10:13:17.670188Z','read','25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b',1,'a.pdf',NULL,'25ab294621c7744a0ae5-1-0=needs_review,25ab294621c7744a0ae5-1-1=needs_review');
INSERT INTO "ledger" VALUES(7,'2026-11-22T10:13:17.684600Z','read','25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b',2,'a.pdf',NULL,'25ab294621c7744a0ae5-2-0=accepted');
INSERT INTO "ledger" VALUES(8,'2026-11-22T10:13:17.692349Z','read','25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b',3,'a.pdf',NULL,'25ab294621c7744a0ae5-3-0=unreadable');
INSERT INTO "ledger" VALUES(9,'2026-11-22T10:13:17.697643Z','read','b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588',1,'b.pdf',NULL,'b423edd5b3af07bd521d-1-0=needs_review');
INSERT INTO "ledger" VALUES(10,'2026-11-22T10:13:17.707942Z','read','b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588',2,'b.pdf',NULL,'b423edd5b3af07bd521d-2-0=unidentified');
INSERT INTO "ledger" VALUES(11,'2026-11-22T10:13:17.714452Z','read','a6b2c767578b49da6b124df47d6b6446a3be49d1a4c721b79662753658120bd1',1,'c.pdf',NULL,'a6b2c767578b49da6b12-1-0=accepted');
INSERT INTO "ledger" VALUES(12,'2026-11-22T10:13:17.721486Z','read','a6b2c767578b49da6b124df47d6b6446a3be49d1a4c721b79662753658120bd1',2,'c.pdf',NULL,'a6b2c767578b49da6b12-2-0=needs_review');
INSERT INTO "ledger" VALUES(13,'2026-11-22T10:13:17.730010Z','accepted','4f9cfc180ee556bf3dac7356a62ac8132ae8c1b12a797dee27283b45510493c7',NULL,'e.pdf',NULL,'pages=1 bytes=84');
CREATE TABLE note (
	id INTEGER NOT NULL, 
	record VARCHAR(40) NOT NULL, 
	field VARCHAR(100) NOT NULL, 
	text TEXT NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	closed_by VARCHAR(64), 
	closed_at VARCHAR(27), 
	CONSTRAINT pk_note PRIMARY KEY (id), 
	CONSTRAINT fk_note_by FOREIGN KEY("by") REFERENCES actor (name)
);
INSERT INTO "note" VALUES(1,'25ab294621c7744a0ae5-1-0','second','どちらでしょうか','花','2026-11-22T10:13:17.779227Z',NULL,NULL);
CREATE TABLE office (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	CONSTRAINT pk_office PRIMARY KEY (id), 
	CONSTRAINT uq_office_name UNIQUE (name)
);
INSERT INTO "office" VALUES(1,'本部');
CREATE TABLE page (
	id INTEGER NOT NULL, 
	scan_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	read_at VARCHAR(27), removed VARCHAR(27), 
	CONSTRAINT pk_page PRIMARY KEY (id), 
	CONSTRAINT uq_page_scan_id_number UNIQUE (scan_id, number), 
	CONSTRAINT fk_page_scan_id FOREIGN KEY(scan_id) REFERENCES scan (id)
);
INSERT INTO "page" VALUES(1,1,1,'2026-11-22T10:13:17.670188Z',NULL);
INSERT INTO "page" VALUES(2,1,2,'2026-11-22T10:13:17.684600Z',NULL);
INSERT INTO "page" VALUES(3,1,3,'2026-11-22T10:13:17.692349Z',NULL);
INSERT INTO "page" VALUES(4,2,1,'2026-11-22T10:13:17.697643Z',NULL);
INSERT INTO "page" VALUES(5,2,2,'2026-11-22T10:13:17.707942Z',NULL);
INSERT INTO "page" VALUES(6,3,1,'2026-11-22T10:13:17.714452Z',NULL);
INSERT INTO "page" VALUES(7,3,2,'2026-11-22T10:13:17.721486Z',NULL);
INSERT INTO "page" VALUES(8,5,1,NULL,NULL);
CREATE TABLE placement (
	id INTEGER NOT NULL, 
	scan_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	form_id VARCHAR(100) NOT NULL, 
	form_version VARCHAR(40) NOT NULL, 
	reader TEXT NOT NULL, 
	round INTEGER NOT NULL, 
	own_id VARCHAR(40) NOT NULL, 
	side VARCHAR(60), 
	serial VARCHAR(60), 
	rotation INTEGER, 
	found_by VARCHAR(20), 
	panels JSON NOT NULL, 
	missing JSON NOT NULL, 
	candidates JSON NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	reason VARCHAR(60), 
	read_at VARCHAR(27) NOT NULL, 
	current BOOLEAN NOT NULL, 
	record_id VARCHAR(40), 
	n INTEGER NOT NULL, 
	CONSTRAINT pk_placement PRIMARY KEY (id), 
	CONSTRAINT uq_placement_once UNIQUE (scan_id, number, place, form_id, form_version, reader, round), 
	CONSTRAINT fk_placement_scan_id FOREIGN KEY(scan_id) REFERENCES scan (id), 
	CONSTRAINT fk_placement_record_id FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "placement" VALUES(1,4,0,0,'','','',1,'a9169077c4d41957d0d9-0-0',NULL,NULL,NULL,NULL,'[]','[]','[]','unreadable','damaged','2026-11-22T10:13:17.642613Z',1,'a9169077c4d41957d0d9-0-0',1);
INSERT INTO "placement" VALUES(2,1,1,0,'slip','1','word/1@7',1,'25ab294621c7744a0ae5-1-0','front','1',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','needs_review',NULL,'2026-11-22T10:13:17.670188Z',1,'25ab294621c7744a0ae5-1-0',1);
INSERT INTO "placement" VALUES(3,1,1,1,'slip','1','word/1@7',1,'25ab294621c7744a0ae5-1-1','back','2',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','needs_review',NULL,'2026-11-22T10:13:17.670188Z',1,'25ab294621c7744a0ae5-1-1',1);
INSERT INTO "placement" VALUES(4,1,2,0,'note','1','word/1@7',1,'25ab294621c7744a0ae5-2-0','front','3',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','accepted',NULL,'2026-11-22T10:13:17.684600Z',1,'25ab294621c7744a0ae5-2-0',1);
INSERT INTO "placement" VALUES(5,1,3,0,'','','',1,'25ab294621c7744a0ae5-3-0',NULL,NULL,NULL,NULL,'[]','[]','[]','unreadable','truncated','2026-11-22T10:13:17.692349Z',1,'25ab294621c7744a0ae5-3-0',1);
INSERT INTO "placement" VALUES(6,2,1,0,'slip','1','word/1@7',1,'b423edd5b3af07bd521d-1-0','back','1',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','needs_review',NULL,'2026-11-22T10:13:17.697643Z',1,'25ab294621c7744a0ae5-1-0',2);
INSERT INTO "placement" VALUES(7,2,2,0,'','','',1,'b423edd5b3af07bd521d-2-0',NULL,NULL,NULL,NULL,'[]','[]','[]','unidentified','no-form','2026-11-22T10:13:17.707942Z',1,'b423edd5b3af07bd521d-2-0',1);
INSERT INTO "placement" VALUES(8,3,1,0,'note','1','',1,'a6b2c767578b49da6b12-1-0','rear','3',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','accepted',NULL,'2026-11-22T10:13:17.714452Z',1,'25ab294621c7744a0ae5-2-0',2);
INSERT INTO "placement" VALUES(9,3,2,0,'slip','1','word/1@7',1,'a6b2c767578b49da6b12-2-0','front','2',180,'code','[{"id":"all","mm_to_px":[[1.0,0.0,0.0],[0.0,1.0,0.0],[0.0,0.0,1.0]],"residual_mm":0.05,"quality":{"px_per_mm":11.8},"anchors":[[1.0,2.0,0.25,-0.5]]}]','[]','[["x",0.25]]','needs_review',NULL,'2026-11-22T10:13:17.721486Z',1,'25ab294621c7744a0ae5-1-1',2);
CREATE TABLE reading (
	id INTEGER NOT NULL, 
	placement_id INTEGER NOT NULL, 
	form VARCHAR(150) NOT NULL, 
	field VARCHAR(100) NOT NULL, 
	position INTEGER NOT NULL, 
	value JSON, 
	state VARCHAR(20) NOT NULL, 
	reason VARCHAR(60), 
	confidence FLOAT NOT NULL, 
	alternatives JSON NOT NULL, 
	reader VARCHAR(60) NOT NULL, 
	threshold VARCHAR(60) NOT NULL, 
	sure BOOLEAN NOT NULL, 
	score FLOAT NOT NULL, 
	seen BOOLEAN NOT NULL, 
	quad_px JSON, 
	record_id VARCHAR(40), 
	accepted BOOLEAN NOT NULL, 
	CONSTRAINT pk_reading PRIMARY KEY (id), 
	CONSTRAINT uq_reading_placement_id_form_field UNIQUE (placement_id, form, field), 
	CONSTRAINT fk_reading_placement_id FOREIGN KEY(placement_id) REFERENCES placement (id), 
	CONSTRAINT fk_reading_record_id FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "reading" VALUES(1,2,'slip/1','first',0,3,'valid',NULL,0.5,'[[2,0.5]]','word/1','7',0,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',0);
INSERT INTO "reading" VALUES(2,2,'slip/1','second',1,4,'valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',1);
INSERT INTO "reading" VALUES(3,2,'slip/1','day',2,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(4,2,'slip/1','weight',3,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(5,2,'slip/1','who',4,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(6,2,'slip/1','ways',5,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(7,3,'slip/1','first',0,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(8,3,'slip/1','second',1,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(9,3,'slip/1','day',2,'"2026-03-05"','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',1);
INSERT INTO "reading" VALUES(10,3,'slip/1','weight',3,60.5,'valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',1);
INSERT INTO "reading" VALUES(11,3,'slip/1','who',4,'"試験 花子"','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',1);
INSERT INTO "reading" VALUES(12,3,'slip/1','ways',5,'["a"]','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',1);
INSERT INTO "reading" VALUES(13,4,'note/1','only',0,2,'valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-2-0',1);
INSERT INTO "reading" VALUES(14,6,'slip/1','first',0,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(15,6,'slip/1','second',1,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(16,6,'slip/1','day',2,'"2026-03-05"','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',1);
INSERT INTO "reading" VALUES(17,6,'slip/1','weight',3,60.5,'valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',1);
INSERT INTO "reading" VALUES(18,6,'slip/1','who',4,'"試験 花子"','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',1);
INSERT INTO "reading" VALUES(19,6,'slip/1','ways',5,'["a"]','valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-0',1);
INSERT INTO "reading" VALUES(20,9,'slip/1','first',0,3,'valid',NULL,0.5,'[[2,0.5]]','word/1','7',0,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',0);
INSERT INTO "reading" VALUES(21,9,'slip/1','second',1,4,'valid',NULL,0.99,'[[2,0.01]]','word/1','7',1,0.25,1,'[[10.0,10.0],[30.0,10.0],[30.0,20.0],[10.0,20.0]]','25ab294621c7744a0ae5-1-1',1);
INSERT INTO "reading" VALUES(22,9,'slip/1','day',2,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(23,9,'slip/1','weight',3,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(24,9,'slip/1','who',4,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
INSERT INTO "reading" VALUES(25,9,'slip/1','ways',5,NULL,'illegible','not-on-page',0.0,'[]','none/1','0',0,0.0,0,NULL,NULL,0);
CREATE TABLE record (
	id VARCHAR(40) NOT NULL, 
	form_id VARCHAR(100) NOT NULL, 
	form_version VARCHAR(40) NOT NULL, 
	serial VARCHAR(60), 
	status VARCHAR(20) NOT NULL, 
	reason VARCHAR(60), 
	candidates JSON NOT NULL, 
	inapplicable JSON NOT NULL, 
	derived JSON NOT NULL, 
	findings JSON NOT NULL, 
	scan_id INTEGER NOT NULL, 
	page INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	priority INTEGER NOT NULL, 
	open JSON NOT NULL, 
	queued BOOLEAN NOT NULL, 
	aside VARCHAR(20), 
	changed VARCHAR(27) NOT NULL, 
	held_by VARCHAR(64), 
	held_until VARCHAR(27), 
	CONSTRAINT pk_record PRIMARY KEY (id), 
	CONSTRAINT fk_record_scan_id FOREIGN KEY(scan_id) REFERENCES scan (id)
);
INSERT INTO "record" VALUES('a9169077c4d41957d0d9-0-0','','',NULL,'unreadable','damaged','[]','[]','{}','[]',4,0,0,9,'[]',1,NULL,'2026-11-22T10:13:17.642613Z',NULL,NULL);
INSERT INTO "record" VALUES('25ab294621c7744a0ae5-1-0','slip','1','1','needs_review',NULL,'[["x",0.25]]','[]','{"points":null}','[]',1,1,0,2,'["first"]',1,NULL,'2026-11-22T10:13:17.750518Z',NULL,NULL);
INSERT INTO "record" VALUES('25ab294621c7744a0ae5-1-1','slip','1','2','accepted',NULL,'[["x",0.25]]','[]','{"points":7}','[]',1,1,1,2,'[]',0,NULL,'2026-11-22T10:13:17.760715Z',NULL,NULL);
INSERT INTO "record" VALUES('25ab294621c7744a0ae5-2-0','note','1','3','needs_review',NULL,'[["x",0.25]]','[]','{}','[]',1,2,0,1,'[]',0,NULL,'2026-11-22T10:13:17.771073Z',NULL,NULL);
INSERT INTO "record" VALUES('25ab294621c7744a0ae5-3-0','','',NULL,'unreadable','truncated','[]','[]','{}','[]',1,3,0,9,'[]',1,NULL,'2026-11-22T10:13:17.692349Z',NULL,NULL);
INSERT INTO "record" VALUES('b423edd5b3af07bd521d-2-0','','',NULL,'unidentified','no-form','[]','[]','{}','[]',2,2,0,9,'[]',1,NULL,'2026-11-22T10:13:17.707942Z',NULL,NULL);
CREATE TABLE recovery (
	id INTEGER NOT NULL, 
	actor_id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_recovery PRIMARY KEY (id), 
	CONSTRAINT fk_recovery_actor_id FOREIGN KEY(actor_id) REFERENCES actor (id), 
	CONSTRAINT uq_recovery_actor_id_digest UNIQUE (actor_id, digest)
);
CREATE TABLE scan (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	batch_id INTEGER, 
	actor VARCHAR(64), 
	arrived VARCHAR(27) NOT NULL, 
	refused VARCHAR(60), 
	message TEXT NOT NULL, removed VARCHAR(27), kept VARCHAR(64), 
	CONSTRAINT pk_scan PRIMARY KEY (id), 
	CONSTRAINT uq_scan_sha256 UNIQUE (sha256), 
	CONSTRAINT fk_scan_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id)
);
INSERT INTO "scan" VALUES(1,'25ab294621c7744a0ae5ec687d9b783bca4fa58641e96beb7c6d14401832055b','a.pdf',370,3,1,NULL,'2026-11-22T10:13:17.633163Z',NULL,'',NULL,NULL);
INSERT INTO "scan" VALUES(2,'b423edd5b3af07bd521d832135a9986c27a1f5bbb3b294cebddbf9c50c46a588','b.pdf',176,2,1,NULL,'2026-11-22T10:13:17.637766Z',NULL,'',NULL,NULL);
INSERT INTO "scan" VALUES(3,'a6b2c767578b49da6b124df47d6b6446a3be49d1a4c721b79662753658120bd1','c.pdf',171,2,1,NULL,'2026-11-22T10:13:17.639643Z',NULL,'',NULL,NULL);
INSERT INTO "scan" VALUES(4,'a9169077c4d41957d0d9788ae507b795493ff9fa264d2cbdb4ff99a96ffb57c9','z.pdf',7,0,1,NULL,'2026-11-22T10:13:17.642613Z','damaged','z.pdf を開けません。データが壊れています。もう一度スキャンしてください。',NULL,NULL);
INSERT INTO "scan" VALUES(5,'4f9cfc180ee556bf3dac7356a62ac8132ae8c1b12a797dee27283b45510493c7','e.pdf',84,1,NULL,NULL,'2026-11-22T10:13:17.730010Z',NULL,'',NULL,NULL);
CREATE TABLE session (
	id INTEGER NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	csrf VARCHAR(64) NOT NULL, 
	actor_id INTEGER NOT NULL, 
	created VARCHAR(27) NOT NULL, 
	last_seen VARCHAR(27) NOT NULL, locked BOOLEAN DEFAULT 0 NOT NULL, browser VARCHAR(60) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_session PRIMARY KEY (id), 
	CONSTRAINT uq_session_token_sha256 UNIQUE (token_sha256), 
	CONSTRAINT fk_session_actor_id FOREIGN KEY(actor_id) REFERENCES actor (id)
);
INSERT INTO "session" VALUES(1,'07025f9635699f139d63ebf6e8c302e3596ccd2202dff397e06c0d78d50445af','dSa3KcgfUS_AAn1XhpJMYvM0zqdd-krgt5jYkcgRwew',1,'2026-11-22T10:13:17.780687Z','2026-11-22T10:13:17.780687Z',0,'');
CREATE TABLE throttle (
	"key" VARCHAR(80) NOT NULL, 
	failures INTEGER NOT NULL, 
	last VARCHAR(27) NOT NULL, 
	until VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_throttle PRIMARY KEY ("key")
);
CREATE TABLE twice (
	record_id VARCHAR(40) NOT NULL, 
	field VARCHAR(100) NOT NULL, 
	stage VARCHAR(10) NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_twice PRIMARY KEY (record_id, field), 
	CONSTRAINT fk_twice_record_id FOREIGN KEY(record_id) REFERENCES record (id) ON DELETE CASCADE
);
INSERT INTO "twice" VALUES('25ab294621c7744a0ae5-2-0','only','second','花','2026-11-22T10:13:17.771073Z');
CREATE INDEX ix_ledger_sha256 ON ledger (sha256);
CREATE INDEX ix_session_actor_id ON session (actor_id);
CREATE INDEX ix_scan_batch_id ON scan (batch_id);
CREATE INDEX ix_scan_arrived ON scan (arrived);
CREATE INDEX ix_page_read_at ON page (read_at);
CREATE INDEX ix_record_scan_id_page_place ON record (scan_id, page, place);
CREATE INDEX ix_record_changed ON record (changed);
CREATE INDEX ix_record_queued_priority_scan_id_page_place ON record (queued, priority, scan_id, page, place);
CREATE INDEX ix_record_status ON record (status);
CREATE INDEX ix_alias_record_id ON alias (record_id);
CREATE INDEX ix_placement_form_id_form_version_serial ON placement (form_id, form_version, serial);
CREATE INDEX ix_placement_record_id ON placement (record_id);
CREATE INDEX ix_reading_record_id ON reading (record_id);
CREATE INDEX ix_note_record_field ON note (record, field);
CREATE INDEX ix_entry_kind ON entry (kind);
CREATE INDEX ix_entry_target ON entry (target);
CREATE INDEX ix_twice_stage_by ON twice (stage, "by");
CREATE INDEX ix_audit_actor ON audit (actor);
CREATE INDEX ix_audit_at ON audit (at);
CREATE TRIGGER audit_no_update BEFORE update ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE delete ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE INDEX ix_throttle_last ON throttle (last);
CREATE INDEX ix_bound_hand ON bound (hand);
CREATE INDEX ix_bound_behind ON bound (behind);
COMMIT;
